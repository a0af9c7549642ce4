/**
 * A fake of Slack's incoming webhooks: accepts messages at a URL like Slack's, answers as Slack does (`ok`, or a
 * short error), and shows the messages on a web page.
 */
import fastify from 'fastify';

export interface SlackMessage {
	text: string;
	receivedAt: Date;
}

export interface FakeSlack {
	/** The URL of the web page with the messages. */
	url: string;
	/** The URL that apps post to. */
	webhookUrl: string;
	messages: SlackMessage[];
	stop(): Promise<void>;
}

export async function startSlack(port: number): Promise<FakeSlack> {
	const messages: SlackMessage[] = [];
	const path = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX';
	const app = fastify({ forceCloseConnections: true });
	const webhookUrl = `http://127.0.0.1:${port}${path}`;

	app.post(path, async (request, reply) => {
		reply.type('text/plain');
		const body = request.body as { text?: unknown } | null;
		if (typeof body !== 'object' || body === null) return reply.code(400).send('invalid_payload');
		if (typeof body.text !== 'string' || body.text === '') return reply.code(400).send('no_text');
		messages.push({ text: body.text, receivedAt: new Date() });
		return 'ok';
	});
	app.get('/', async (_request, reply) => {
		const list = messages
			.map(
				({ text, receivedAt }) =>
					`<li><time>${receivedAt.toLocaleTimeString('nb-NO')}</time> ${escapeHtml(readable(text))}</li>`,
			)
			.reverse()
			.join('\n');
		return reply.type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="2"><title># gift-cards</title>
<style>
	:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
	body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
	ul { list-style: none; padding: 0 } li { padding: .75rem 0; border-top: 1px solid #8884 }
	time { opacity: .6; margin-right: .75rem }
</style>
<h1># gift-cards</h1>
<p>A fake Slack channel: what arrives at its incoming webhook. The address to paste into a workflow:<br>
<code>${webhookUrl}</code></p>
<ul>${list || '<li>No message yet.</li>'}</ul></html>`);
	});

	const url = await app.listen({ host: '127.0.0.1', port });
	return { url, webhookUrl, messages, stop: async () => await app.close() };
}

/** Renders Slack's emoji names and bold marks. */
export function readable(text: string): string {
	return text.replaceAll(':gift:', '🎁').replaceAll(/\*(\S[^*]*)\*/g, '$1');
}

const escapeHtml = (text: string) =>
	text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
