/** Who asks: the same job is done once, two jobs are two, whatever n8n calls a run, a try or an execution. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { openHarness, type Harness } from '../support/harness.mts';
import { fastTime, until } from '../support/time.mts';
import { agentOf, callByMcp } from '../support/tools.mts';

let harness: Harness;
let realTime: () => void;
beforeEach(async () => {
	harness = await openHarness();
	realTime = fastTime();
});
afterEach(async () => {
	realTime();
	expect(harness.sandbox.violations).toEqual([]);
	await harness.close();
});

const create = (more: IDataObject = {}) =>
	({
		resource: 'giftCard',
		operation: 'create',
		amount: '500',
		currency: 'NOK',
		...more,
	}) as INodeParameters;
const chosen = (value: string) => ({ __rl: true, mode: 'id', value });
const move = (operation: string, more: IDataObject = {}) =>
	({
		resource: 'transaction',
		operation,
		cardBy: 'cardId',
		cardId: chosen('kari'),
		amount: '100',
		currency: 'NOK',
		...more,
	}) as INodeParameters;
const batch = (more: IDataObject = {}) =>
	({
		resource: 'giftCard',
		operation: 'createBatch',
		batchSource: 'items',
		...more,
	}) as INodeParameters;
const cards = () => harness.sandbox.books.cards();
const opens = ({ cardToken, pin }: IDataObject) =>
	harness.sandbox.books.opens(String(cardToken), String(pin));
const moves = () =>
	harness.sandbox.books
		.transactions('kari')
		.slice(1)
		.map(({ kind, amount }) => `${kind} ${amount}`);
const errorOf = (run: Awaited<ReturnType<Harness['run']>>): string => {
	const error = run.nodeError('Dintero') as (Error & { description?: string }) | undefined;
	return `${error?.message} | ${error?.description}`;
};

/** The answer to a create is lost, and the card cannot be looked up for a while. */
const loseCard = () =>
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: 'aid_cards_post', nth: 1 },
		{ kind: 'error-before', status: 503, operationId: 'aid_cards_cardid_get', times: 6 },
	);
/** The same for a movement of money. */
const loseMovement = () =>
	harness.sandbox.faults.add(
		{ kind: 'cut-after', operationId: 'aid_cards_transactions_post', nth: 1 },
		{ kind: 'cut-before', path: /transactions(\?|$)/, method: 'GET', times: 6 },
	);

describe('an execution number that comes again', () => {
	test.each<[string, INodeParameters]>([
		['Create', create()],
		['Create Batch', batch()],
	])('%s: finds nothing of the first one', async (_what, parameters) => {
		const [first] = (await harness.run(parameters, [{}], { executionId: '57' })).json('Dintero');
		harness.sandbox.advance(90 * 24 * 3_600_000);
		const [second] = (await harness.run(parameters, [{}], { executionId: '57' })).json('Dintero');
		expect(second).toMatchObject({ outcome: 'created' });
		expect([opens(first), opens(second)]).toEqual([first.cardId, second.cardId]);
	});

	test.each(['charge', 'topUp'])('%s: moves the money again', async (operation) => {
		await harness.run(create({ cardId: 'kari' }));
		for (let i = 0; i < 2; i++) await harness.run(move(operation), [{}], { executionId: '57' });
		expect(moves()).toHaveLength(2);
	});
});

test('two nodes with one ID are two', async () => {
	const node = (name: string) => ({
		id: 'b1c2',
		name,
		type: 'n8n-nodes-dintero.dintero',
		typeVersion: 1,
		parameters: create(),
		credentials: { dinteroApi: harness.credential },
	});
	const run = await harness.engine.run(
		{
			id: 'workflow1',
			nodes: [
				{ id: 'start', name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
				node('For Kari'),
				node('For Ola'),
			],
			connections: {
				Start: { main: [[{ node: 'For Kari', type: 'main', index: 0 }]] },
				'For Kari': { main: [[{ node: 'For Ola', type: 'main', index: 0 }]] },
			},
		},
		{ items: [{}] },
	);
	const issued = [...run.json('For Kari'), ...run.json('For Ola')];
	expect(issued.map(opens)).toEqual(cards().map(({ cardId }) => cardId));
	expect(cards()).toHaveLength(2);
});

describe('a try after one whose fate is unknown', () => {
	const retrying = { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 };

	/** The error output leads back into the node. */
	const loop = async (parameters: INodeParameters) =>
		await harness.engine.run(
			{
				id: 'workflow1',
				nodes: [
					{ id: 'start', name: 'Start', type: 'n8n-nodes-base.manualTrigger' },
					{
						id: 'dintero',
						name: 'Dintero',
						type: 'n8n-nodes-dintero.dintero',
						typeVersion: 1,
						parameters,
						credentials: { dinteroApi: harness.credential },
						onError: 'continueErrorOutput',
					},
					{ id: 'again', name: 'Again', type: 'n8n-nodes-base.noOp' },
					{ id: 'done', name: 'Done', type: 'n8n-nodes-base.noOp' },
				],
				connections: {
					Start: { main: [[{ node: 'Dintero', type: 'main', index: 0 }]] },
					Dintero: {
						main: [
							[{ node: 'Done', type: 'main', index: 0 }],
							[{ node: 'Again', type: 'main', index: 0 }],
						],
					},
					Again: { main: [[{ node: 'Dintero', type: 'main', index: 0 }]] },
				},
			},
			{ items: [{}] },
		);
	const ways: Array<[string, (parameters: INodeParameters) => Promise<IDataObject>]> = [
		[
			'Retry On Fail',
			async (parameters) =>
				(await harness.run(parameters, [{}], { settings: retrying })).json('Dintero')[0],
		],
		[
			"the editor's Retry",
			async (parameters) =>
				(await harness.run(parameters, [{}], { retryOf: await harness.run(parameters) })).json(
					'Dintero',
				)[0],
		],
		['a retry loop', async (parameters) => (await loop(parameters)).json('Done')[0]],
		[
			'Retry On Fail of a tool',
			async (parameters) => await agentOf(harness, parameters, retrying).call({}),
		],
		[
			'an agent that calls its tool once more',
			async (parameters) => {
				const agent = agentOf(harness, parameters);
				expect(await agent.call({})).toHaveProperty('failed');
				return await agent.call({});
			},
		],
		[
			'Resume Execution ID',
			async (parameters) => {
				const { executionId } = await harness.run(parameters);
				const resumed = {
					...parameters,
					options: { resumeExecutionId: `ID#${executionId}` },
				} as INodeParameters;
				const run = await harness.run(resumed);
				return run.json('Dintero')[0] ?? { failed: errorOf(run) };
			},
		],
	];

	describe.each(ways)('%s', (_way, again) => {
		test.each([{}, { cardId: 'order-1' }])('a card (%j) is one card', async (own) => {
			loseCard();
			const card = await again(create(own));
			expect(card).toMatchObject({ outcome: 'recovered' });
			expect(cards()).toHaveLength(1);
			expect(opens(card)).toBe(cards()[0].cardId);
		});

		test.each(['charge', 'topUp'])('%s is one movement', async (operation) => {
			for (const [index, own] of [{}, { refId: 'r-1' }].entries()) {
				if (index === 0) await harness.run(create({ cardId: 'kari' }));
				harness.sandbox.faults.clear();
				loseMovement();
				const moved = await again(move(operation, own));
				expect(moved.failed).toBeUndefined();
				expect(moves()).toHaveLength(index + 1);
			}
		});
	});

	test('carries the card or the reference, so that a workflow can go on with it', async () => {
		loseCard();
		const settings = { onError: 'continueRegularOutput' as const };
		const [item] = (await harness.run(create(), [{}], { settings })).json('Dintero');
		expect(item.details).toMatchObject({ cardId: cards()[0].cardId });
		await harness.run(create({ cardId: 'kari' }));
		loseMovement();
		const [moved] = (await harness.run(move('charge'), [{}], { settings })).json('Dintero');
		expect(moved.details).toMatchObject({
			cardId: 'kari',
			refId: harness.sandbox.books.transactions('kari').at(-1)?.refId,
		});
	});

	test('of an ID the node made says what is true: another execution would do it again', async () => {
		loseCard();
		expect(errorOf(await harness.run(create(), [{}], { executionId: '77' }))).toMatch(
			/another execution would issue another card.*'Resume Execution ID' 77 .*do not use n8n's Retry/,
		);
		await harness.run(create({ cardId: 'kari' }));
		loseMovement();
		expect(errorOf(await harness.run(move('charge'), [{}], { executionId: '78' }))).toMatch(
			/another execution would move the money again.*'Resume Execution ID' 78 /,
		);
	});

	test('is over once its card was handed out: a later row with its ID is another one', async () => {
		loseCard();
		const run = await loop(create({ cardId: 'order-1' }));
		expect(run.json('Done')).toMatchObject([{ outcome: 'recovered' }]);
		expect(errorOf(await harness.run(create({ cardId: 'order-1' })))).toMatch(/already exists/);
	});
});

describe('calls without an execution (MCP Server Trigger)', () => {
	test.each<[string, INodeParameters, string]>([
		['Create', create(), 'Card ID'],
		['Create Batch', batch(), 'Card ID'],
		['Charge', move('charge'), 'Reference'],
		['Top Up', move('topUp'), 'Reference'],
	])('%s without an own ID is refused, with the way out', async (_what, parameters, field) => {
		await harness.run(create({ cardId: 'kari' }));
		const before = cards().length;
		const { failed } = await callByMcp(harness, parameters, {});
		expect(failed).toMatch(
			new RegExp(`^${field}: is empty, .*does not belong to an execution.*Fill in '${field}'`, 's'),
		);
		expect(failed).not.toContain('undefined');
		expect([cards().length, moves().length]).toEqual([before, 0]);
	});

	test('two calls with one Card ID are two jobs: the second is stopped', async () => {
		const own = create({ cardId: 'case-1' });
		const first = await callByMcp(harness, own, {});
		expect((await callByMcp(harness, own, {})).failed).toMatch(/already exists/);
		expect(opens(first)).toBe('case-1');
	});

	test('two calls with two References are two movements', async () => {
		await harness.run(create({ cardId: 'kari' }));
		for (const refId of ['r-1', 'r-2'])
			expect(await callByMcp(harness, move('charge', { refId }), {})).toMatchObject({
				outcome: 'done',
			});
		expect(moves()).toHaveLength(2);
	});

	test('two tries of one call are one job', async () => {
		loseCard();
		const settings = { retryOnFail: true, maxTries: 2, waitBetweenTries: 0 };
		const card = await callByMcp(harness, create({ cardId: 'case-1' }), {}, settings);
		expect(card).toMatchObject({ outcome: 'recovered' });
		expect(opens(card)).toBe('case-1');
	});

	test('what changes codes only needs no ID: nothing is asked for twice', async () => {
		await harness.run(create({ cardId: 'kari' }));
		for (const operation of ['reissueCodes', 'createToken']) {
			const parameters = { resource: 'giftCard', operation, cardId: chosen('kari') };
			for (let i = 0; i < 2; i++)
				expect(await callByMcp(harness, parameters as INodeParameters, {})).not.toHaveProperty(
					'failed',
				);
		}
	});
});

describe('an AI agent in one execution', () => {
	test('two calls are two jobs', async () => {
		const agent = agentOf(harness, create());
		const issued = await Promise.all([agent.call({}), agent.call({})]);
		expect(cards()).toHaveLength(2);
		expect(issued.map(opens)).toEqual(issued.map(({ cardId }) => cardId));
	});
});

describe('a run that continues another one', () => {
	const rows = ['Kari', 'Ola', 'Per'].map((name) => ({ name }));
	const named = (options: IDataObject, more: IDataObject = {}) =>
		create({
			additionalFields: { name: '={{ $json.name }}' },
			options: { concurrency: 1, ...options },
			...more,
		});
	const stopThird = async (more: IDataObject = {}) => {
		harness.sandbox.faults.add({
			kind: 'error-before',
			status: 400,
			operationId: 'aid_cards_post',
			nth: 3,
		});
		const run = await harness.run(named({ ifItemFails: 'stop' }, more), rows, {
			executionId: '900',
		});
		harness.sandbox.faults.clear();
		return run;
	};
	const resume = async (input: IDataObject[] = rows, more: IDataObject = {}, id = '900') =>
		await harness.run(named({ resumeExecutionId: id }, more), input, { executionId: '901' });

	test('gets what it made, makes the rest, and goes on under its number', async () => {
		await stopThird();
		const run = await resume(rows, {}, 'https://n8n.shop.no/workflow/aBc/executions/900');
		expect(run.json('Dintero').map(({ name, outcome }) => [name, outcome])).toEqual([
			['Kari', 'recovered'],
			['Ola', 'recovered'],
			['Per', 'created'],
		]);
		expect(run.json('Dintero').map(opens)).toEqual(cards().map(({ cardId }) => cardId));
		// Continued once more, by its own number or the first one's: nothing is made again.
		expect((await resume()).json('Dintero').map(({ outcome }) => outcome)).toEqual(
			new Array(3).fill('recovered'),
		);
		expect(cards()).toHaveLength(3);
	});

	test.each(['present', 'absent', 'repeating'] as const)(
		'finds its cards in a long list, however that is paged (cursor %s)',
		async (listCursor) => {
			harness.sandbox.set({ listCursor });
			await stopThird();
			await harness.run(
				create({ cardId: '={{ $json.id }}' }),
				Array.from({ length: 230 }, (_, i) => ({ id: `c-${i}` })),
			);
			const run = await resume();
			expect(run.json('Dintero').map(({ outcome }) => outcome)).toEqual([
				'recovered',
				'recovered',
				'created',
			]);
		},
	);

	test.each<[string, IDataObject[]]>([
		['in another order', [...rows].reverse()],
		['with a row more in front', [{ name: 'Eva' }, ...rows]],
		['with a changed row', [{ name: 'Kari' }, { name: 'Ole' }, { name: 'Per' }]],
	])('refuses rows %s, before anything is done', async (_what, input) => {
		await stopThird();
		const pins = cards().map(({ pin }) => pin);
		expect(errorOf(await resume(input))).toMatch(
			/^Resume Execution ID: item \d differs from item \d of execution 900 in name/,
		);
		expect(cards().map(({ pin }) => pin)).toEqual(pins);
	});

	describe.each(['charge', 'topUp', 'refund', 'capture', 'void'])('%s', (operation) => {
		/** Two cards, each with a charge or a reservation of 100, and a row for each. */
		async function targets(): Promise<IDataObject[]> {
			const ids = ['kari', 'ola'];
			await harness.run(
				create({ cardId: '={{ $json.id }}' }),
				ids.map((id) => ({ id })),
			);
			if (['charge', 'topUp'].includes(operation)) return ids.map((card) => ({ card }));
			const pending = operation !== 'refund';
			const before = move('charge', { cardId: chosen('={{ $json.id }}'), pending });
			const run = await harness.run(
				before,
				ids.map((id) => ({ id })),
			);
			return run
				.json('Dintero')
				.map(({ cardId: card, transactionId: transaction }) => ({ card, transaction }));
		}
		const parameters = (options: IDataObject = {}) =>
			move(operation, {
				cardId: chosen('={{ $json.card }}'),
				transactionId: '={{ $json.transaction }}',
				amount: '40',
				options,
			});
		const continued = (input: IDataObject[]) =>
			harness.run(parameters({ resumeExecutionId: '900' }), input, { executionId: '901' });
		const all = () =>
			cards().map(({ cardId }) => harness.sandbox.books.transactions(cardId).length);

		test.each<[string, (input: IDataObject[]) => IDataObject[]]>([
			['in another order', (input) => [...input].reverse()],
			['without the first row', (input) => input.slice(1)],
		])('moves nothing twice for rows %s', async (_what, change) => {
			const input = await targets();
			await harness.run(parameters(), input, { executionId: '900' });
			const done = all();
			expect(errorOf(await continued(change(input)))).toMatch(
				/^Resume Execution ID: item \d of execution 900 has already moved money where item \d would/,
			);
			expect(all()).toEqual(done);
		});

		test('finds what was done for the same rows, and says so', async () => {
			const input = await targets();
			await harness.run(parameters(), input.slice(0, 1), { executionId: '900' });
			const run = await continued(input);
			expect(run.json('Dintero').map(({ outcome }) => outcome)).toEqual(['recovered', 'done']);
			expect(run.hints).toEqual([]);
		});
	});

	test('takes cards with an ID of their own by that, in whatever order', async () => {
		const own = { cardId: '={{ $json.name }}' };
		await stopThird(own);
		const run = await resume([...rows].reverse(), own);
		expect(run.json('Dintero').map(({ cardId, outcome }) => [cardId, outcome])).toEqual([
			['Per', 'created'],
			['Ola', 'recovered'],
			['Kari', 'recovered'],
		]);
	});

	test('is refused when the other execution made nothing here', async () => {
		await stopThird();
		expect(errorOf(await resume(rows, {}, '899'))).toMatch(
			/^Resume Execution ID: the node found no card that it made in execution 899/,
		);
		expect(cards()).toHaveLength(2);
	});

	test('says so when nothing was found and every item has its own ID', async () => {
		const run = await resume(rows, { cardId: '={{ $json.name }}' });
		expect(run.hints.map(({ message }) => message)).toEqual([
			expect.stringMatching(/^Nothing that execution 900 made was found/),
		]);
	});

	test.each(['0900', '9oo', 'Execution 900', '={{ $json.missing }}'])(
		'%p is refused',
		async (id) => {
			await stopThird();
			expect(errorOf(await resume(rows, {}, id))).toMatch(/^Resume Execution ID: /);
			expect(cards()).toHaveLength(2);
		},
	);

	test('is refused while the other one is still at work', async () => {
		harness.sandbox.setDelay(300);
		const first = harness.run(create(), [{}, {}], { executionId: '900' });
		await until(() => cards().length > 0);
		expect(errorOf(await resume())).toMatch(/^Resume Execution ID: execution 900 is still running/);
		const issued = (await first).json('Dintero');
		expect(issued.map(opens)).toEqual(issued.map(({ cardId }) => cardId));
	});
});

describe('the mark', () => {
	test.each([
		['originated_by is dropped', { originatedBy: 'dropped' }],
		['metadata is dropped', { metadata: 'dropped' }],
		['both are dropped', { originatedBy: 'dropped', metadata: 'dropped' }],
		['originated_by is refused', { originatedBy: 400 }],
		['metadata is refused', { metadata: 400 }],
		['both are refused', { originatedBy: 400, metadata: 400 }],
	] as const)('%s: a card without an own ID is recovered all the same', async (_what, switches) => {
		harness.sandbox.set(switches);
		harness.sandbox.faults.add({
			kind: 'cut-after',
			operationId: 'aid_cards_post',
			path: /./,
			nth: [1, 2, 3],
		});
		const run = await harness.run(create());
		expect(cards()).toHaveLength(1);
		expect(run.json('Dintero').map(opens)).toEqual([cards()[0].cardId]);
	});

	test.each([
		['originated_by is dropped', { originatedBy: 'dropped' }],
		['metadata is dropped', { metadata: 'dropped' }],
		['originated_by is refused', { originatedBy: 400 }],
		['metadata is refused', { metadata: 400 }],
	] as const)('%s: the other one tells whose a card with an own ID is', async (_what, switches) => {
		harness.sandbox.set(switches);
		const nth = Object.values(switches).includes(400 as never) ? 2 : 1;
		harness.sandbox.faults.add({ kind: 'cut-after', operationId: 'aid_cards_post', nth });
		const run = await harness.run(create({ cardId: 'order-1' }));
		expect(run.json('Dintero')).toMatchObject([{ outcome: 'recovered' }]);
		expect(errorOf(await harness.run(create({ cardId: 'order-1' })))).toMatch(/already exists/);
	});

	test('does not show in the output', async () => {
		const [card] = (
			await harness.run(create({ additionalFields: { metadataJson: '{"order": 7}' } }))
		).json('Dintero');
		expect(card.metadata).toEqual({ order: 7 });
		expect((await harness.run(create())).json('Dintero')[0]).not.toHaveProperty('metadata');
	});
});

describe('two rows with one card', () => {
	test.each(['reissueCodes', 'rotatePin'])('%s refuses the second', async (operation) => {
		await harness.run(create({ cardId: 'kari' }));
		const pin = cards()[0].pin;
		const parameters = { resource: 'giftCard', operation, cardId: chosen('={{ $json.id }}') };
		const run = await harness.run(parameters as INodeParameters, [{ id: 'kari' }, { id: 'kari' }]);
		expect(errorOf(run)).toMatch(/^Card: 'kari' is also the card of item 1/);
		expect(cards()[0].pin).toBe(pin);
	});
});
