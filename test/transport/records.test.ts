/** An answer with a success status that does not show the record that was asked for is no answer. */
import type { INodeParameters } from 'n8n-workflow';

import { openHarness, type Harness } from '../support/harness.mts';
import { fastTime } from '../support/time.mts';

let harness: Harness;
let realTime: () => void;
beforeEach(async () => {
	harness = await openHarness();
	realTime = fastTime();
});
afterEach(async () => {
	realTime();
	await harness.close();
});

const byId = (value: string) => ({ __rl: true, mode: 'id', value });

/** Each operation that looks one record up, with the request it makes. */
const lookUps: Array<[string, string, (id: string) => INodeParameters, () => Promise<string>]> = [
	[
		'giftCard/get',
		'aid_cards_cardid_get',
		(id) => ({ cardId: byId(id) }),
		async () => {
			await harness.run({ resource: 'giftCard', operation: 'create', amount: '100', cardId: 'a' });
			return 'a';
		},
	],
	[
		'customerCard/get',
		'aid_customers_cid_card_cid_get',
		(id) => ({ customerId: '7', cardId: byId(id) }),
		async () => {
			await harness.run({
				resource: 'giftCard',
				operation: 'create',
				amount: '100',
				cardId: 'a',
				additionalFields: { customerId: '7' },
			});
			return 'a';
		},
	],
	[
		'webhookSubscription/get',
		'aid_source_hooks_hid_get',
		(id) => ({ subscriptionId: byId(id) }),
		async () => {
			const run = await harness.run({
				resource: 'webhookSubscription',
				operation: 'create',
				url: 'http://127.0.0.1:9/x',
				events: ['wallet_transaction'],
				secretType: 'none',
			});
			return String(run.json<{ subscriptionId: string }>('Dintero')[0].subscriptionId);
		},
	],
];

const answers = [
	['an empty 200', { answer: {} }],
	['a 204', { status: 204 }],
	['another record', { answer: { id: 'x', card_id: 'x', currency: 'NOK' } }],
	['a list', { answer: [] }],
] as const;

describe.each(lookUps)('%s', (name, operationId, parameters, ready) => {
	const [resource, operation] = name.split('/');
	const get = async (id: string) =>
		await harness.run({ resource, operation, ...parameters(id), simplify: false });

	test.each(answers)('%s is asked for again', async (_what, answer) => {
		const id = await ready();
		harness.sandbox.faults.add({ kind: 'answer-before', operationId, times: 2, ...answer });
		const [output] = (await get(id)).json<Record<string, unknown>>('Dintero');
		expect(output.card_id ?? output.id).toBe(id);
	});

	test.each(answers)('%s again and again is an error', async (_what, answer) => {
		const id = await ready();
		harness.sandbox.faults.add({ kind: 'answer-before', operationId, ...answer });
		const message = (await get(id)).nodeError('Dintero')?.message;
		expect(message).toMatch(/Dintero answered 20[04], but not with the requested record|not JSON/);
	});
});
