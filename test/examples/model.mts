/** A fake of an OpenAI-compatible model: asks for the tool calls a test tells it to, then repeats what they gave. */
import fastify from 'fastify';

export interface ToolCall {
	/** Found among the offered tools by these words. */
	tool: RegExp;
	arguments: Record<string, unknown>;
}

interface ChatRequest {
	messages: Array<{ role: string; content: unknown }>;
	tools?: Array<{ function: { name: string; parameters: { properties?: object } } }>;
}

export interface Model {
	url: string;
	/** What it asks for next; one call per answer. */
	script: ToolCall[];
	/** The tools it was offered, with the fields it may fill in. */
	offered: Record<string, string[]>;
	stop(): Promise<void>;
}

export async function startModel(): Promise<Model> {
	const model = { script: [] as ToolCall[], offered: {} } as unknown as Model;
	const app = fastify({ forceCloseConnections: true });
	app.post('/v1/chat/completions', async (request) => {
		const { messages, tools = [] } = request.body as ChatRequest;
		model.offered = Object.fromEntries(
			tools.map(({ function: { name, parameters } }) => [
				name,
				Object.keys(parameters.properties ?? {}),
			]),
		);
		const next = model.script.shift();
		const name = next && Object.keys(model.offered).find((offered) => next.tool.test(offered));
		if (next && !name) throw new Error(`No tool like ${next.tool}: ${Object.keys(model.offered)}`);
		const call = next && {
			id: `call_${messages.length}`,
			type: 'function',
			function: { name, arguments: JSON.stringify(next.arguments) },
		};
		const told = messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
		return {
			id: 'chatcmpl-1',
			object: 'chat.completion',
			created: 1,
			model: 'fake-model',
			choices: [
				{
					index: 0,
					finish_reason: call ? 'tool_calls' : 'stop',
					message: call
						? { role: 'assistant', content: null, tool_calls: [call] }
						: { role: 'assistant', content: told.join('\n') || 'Hello' },
				},
			],
			usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
		};
	});
	model.url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1`;
	model.stop = async () => await app.close();
	return model;
}
