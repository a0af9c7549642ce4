/** What a person does with the large campaign: presses "Execute workflow" and answers the question of cost. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Execution, N8nClient, SavedWorkflow } from '../../demo/n8n-client.mts';

export const campaignTrigger = 'When clicking ‘Execute workflow’';
export const yes = 'Yes, issue them';
export const no = 'No, issue nothing';
const ended = ['success', 'error', 'crashed', 'canceled'];

/** @returns the ID of the execution */
export async function startCampaign(client: N8nClient, workflow: SavedWorkflow): Promise<string> {
	const { executionId } = await client.rest<{ executionId: string }>(
		'POST',
		`/workflows/${workflow.id}/run`,
		{
			workflowData: await client.workflow(workflow.id),
			triggerToStartFrom: { name: campaignTrigger },
		},
	);
	return executionId;
}

/** Waits until the campaign asks. @returns the address of the form, or the execution when it ended without asking */
export async function untilAsked(
	client: N8nClient,
	executionId: string,
): Promise<string | Execution> {
	const deadline = Date.now() + 60_000;
	while (Date.now() < deadline) {
		const execution = await client.execution(executionId).catch(() => undefined);
		if (execution && ended.includes(execution.status)) return execution;
		const metadata = execution?.runs['Ask about the cost']?.[0].metadata;
		if (execution?.status === 'waiting' && metadata?.resumeFormUrl) return metadata.resumeFormUrl;
		await sleep(100);
	}
	throw new Error(`Campaign ${executionId} asked nothing for a minute`);
}

/** The words of the form, as a browser gets them. */
export async function readQuestion(form: string): Promise<string> {
	const answer = await fetch(form, { signal: AbortSignal.timeout(20_000) });
	const page = await answer.text();
	assert.equal(answer.status, 200, page);
	return page;
}

export async function answerQuestion(form: string, words: string): Promise<void> {
	const body = new FormData();
	body.append('field-0', JSON.stringify([words])); // as the page sends a radio button
	const answer = await fetch(form, { method: 'POST', body, signal: AbortSignal.timeout(20_000) });
	assert.equal(answer.status, 200, await answer.text());
}

/** Runs the campaign to its end, with this answer if it asks. */
export async function runLargeCampaign(
	client: N8nClient,
	workflow: SavedWorkflow,
	words = yes,
): Promise<Execution> {
	const executionId = await startCampaign(client, workflow);
	const asked = await untilAsked(client, executionId);
	if (typeof asked !== 'string') return asked;
	await answerQuestion(asked, words);
	return await client.untilFinished(executionId, 300_000);
}
