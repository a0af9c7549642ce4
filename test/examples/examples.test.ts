/** What the examples say and how their nodes are set, without an n8n. */
import type { IConnections, IDataObject, INode, INodeParameters } from 'n8n-workflow';

import { OPERATIONS } from '../../nodes/Dintero/actions/registry';
import { readText } from '../package/fixtures.mts';
import { exampleNodes } from '../package/pages.mts';
import { openHarness, type Harness } from '../support/harness.mts';

const examples = [...new Set(exampleNodes.map(({ file }) => file))].map((file) => {
	const { nodes } = JSON.parse(readText(file)) as { nodes: INode[] };
	const notes = nodes.flatMap(({ parameters: { content } }) =>
		typeof content === 'string' ? [content] : [],
	);
	const [folder, name] = /^examples\/([^/]+)/.exec(file)!;
	return { name, nodes, words: [...notes, readText(`${folder}/README.md`)].join('\n') };
});

const operationOf = ({ resource, operation }: INodeParameters) =>
	OPERATIONS.find((each) => each.resource === resource && each.value === operation);

test('a right that an example calls enough is enough for each of its operations', () => {
	const said = examples.flatMap(({ name, nodes, words }) =>
		[...words.matchAll(/right `([^`]+)` is enough/g)].map(([, right]) => ({ name, nodes, right })),
	);
	expect(said.length).toBeGreaterThanOrEqual(6);
	for (const { name, nodes, right } of said)
		for (const { name: node, type, parameters } of nodes)
			if (type.endsWith('.dintero'))
				expect({ name, node, rights: operationOf(parameters)?.scopes }).toEqual({
					name,
					node,
					rights: expect.arrayContaining([right]),
				});
});

/** Senders whose items all belong to one person, or that get one item only. */
const ONE_RECEIVER = [
	'bookkeeper-report: E-mail the report',
	'refund-to-card: E-mail: credit note',
	'refund-to-card: E-mail: money added',
	'send-again: E-mail the card',
	'sold-online: E-mail the card',
];

test('no node that writes to several people is retried', () => {
	// n8n retries the node with all its items when the first one failed, the accepted ones too.
	const retried = examples.flatMap(({ name, nodes }) =>
		nodes
			.filter(({ type, retryOnFail }) => retryOnFail && /\.(emailSend|httpRequest)$/.test(type))
			.map((node) => `${name}: ${node.name}`),
	);
	expect(retried.sort()).toEqual(ONE_RECEIVER);
});

const node = (example: string, wanted: string): INode =>
	examples.find(({ name }) => name === example)!.nodes.find(({ name }) => name === wanted)!;

test('gift-on-a-day claims an order whose reason another workflow or a person left empty', () => {
	// n8n's data tables tell an empty cell (null) from an empty text, and `eq` with null finds the empty cell.
	const { conditions } = node('gift-on-a-day', 'Claim it').parameters.filters as {
		conditions: Array<{ keyName: string; keyValue: string }>;
	};
	expect(conditions.find(({ keyName }) => keyName === 'reason')).toMatchObject({
		condition: 'eq',
		keyValue: '={{ $json.reason }}',
	});
});

test('pages show what was typed, and what Dintero said, as text and not as HTML', () => {
	const pages = examples.flatMap(({ name, nodes }) =>
		nodes.map(({ name: page, parameters: { completionMessage: message } }) => ({
			page: `${name}: ${page}`,
			raw: [
				...String(message ?? '').matchAll(
					/\{\{(.*?\.(?:error|reference|merchantReference)\b.*?)\}\}/g,
				),
			]
				.map(([, code]) => code)
				.filter((code) => !code.includes('replace(/[&<>')),
		})),
	);
	expect(pages.filter(({ raw }) => raw.length > 0)).toEqual([]);
});

test('every example that e-mails a new card keeps the address with it, for send-again and monthly-reminder', () => {
	const issuing = examples.flatMap(({ name, nodes }) =>
		nodes.some(({ type }) => type.endsWith('.emailSend'))
			? nodes
					.filter(({ parameters: { operation, resource, options } }) => {
						const { preview } = (options ?? {}) as IDataObject;
						return resource === 'giftCard' && operation === 'create' && !preview;
					})
					.map(({ parameters }) => ({ name, details: parameters.additionalFields as IDataObject }))
			: [],
	);
	expect(issuing.map(({ name }) => name).sort()).toEqual([
		'campaign',
		'gift-on-a-day',
		'refund-to-card',
		'sold-online',
	]);
	for (const { details } of issuing) expect(details.metadataJson).toMatch(/\bemail: /);
});

test('no cell of the files of campaign-from-file can become a formula', () => {
	const cells = ['Codes for the mailing', 'Rejected rows'].flatMap((name) => {
		const { assignments } = node('campaign-from-file', name).parameters.assignments as {
			assignments: Array<{ value: string }>;
		};
		return assignments.map(({ value }) => value);
	});
	const fromTheFile = cells.filter((value) => value.includes("$('People')"));
	expect(fromTheFile).toHaveLength(6);
	for (const value of fromTheFile)
		expect(value).toContain(String.raw`.replace(/^[=+\-@\t\r]/, "'$&")`);
});

test('reconcile remembers what it handled beside a transaction whose handling failed', () => {
	const { connections } = JSON.parse(readText('examples/reconcile/reconcile.json')) as {
		connections: IConnections;
	};
	expect(node('reconcile', 'Post to Slack').onError).toBe('continueErrorOutput');
	const [handled, failed] = connections['Post to Slack'].main.map((to) => to?.[0].node ?? '');
	expect([handled, failed]).toEqual(['Remember it', 'Stop with the reason']);
	// n8n runs the upper branch first, so what was handled is written down before the execution fails.
	const y = (name: string) => node('reconcile', name).position[1];
	expect(y(handled)).toBeLessThan(y(failed));
});

describe('in n8n’s engine', () => {
	let harness: Harness;
	beforeEach(async () => (harness = await openHarness()));
	afterEach(async () => await harness.close());

	const run = async (parameters: INodeParameters, item: IDataObject) => {
		const result = await harness.run(parameters, [item]);
		const error = result.nodeError('Dintero');
		return error ? `${error.message} ${String(error.description)}` : result.json('Dintero');
	};

	test('the support agent issues no goodwill card without a case number', async () => {
		const { parameters } = node('support-agent', 'Issue goodwill card');
		expect(await run(parameters, { amount: '100', caseNumber: '' })).toMatch(
			/^Card ID: has a part that is empty/,
		);
		expect(await run(parameters, { amount: '100', caseNumber: '4711' })).toMatchObject([
			{ cardId: 'goodwill-4711' },
		]);
		expect(harness.sandbox.books.cards()).toHaveLength(1);
	});

	test('the till cannot activate a card whose number was shortened on the way', async () => {
		const { parameters } = node('activate-at-till', 'Activate the card');
		const body = JSON.parse('{ "cardToken": 9123456789012345, "amount": "500", "receipt": "R-1" }');
		expect(await run(parameters, { body })).toMatch(/^Card Token: /);
	});

	test('refund-sold-card empties no card whose payment cannot be refunded', async () => {
		const { sandbox, engine, signIn } = harness;
		const session = sandbox.checkout.open({
			profile_id: 'default',
			url: { return_url: 'https://shop.example.com/' },
			order: { amount: 50_000, currency: 'NOK', merchant_reference: 'sale-1' },
		});
		const { id: transactionId } = sandbox.checkout.pay(session);
		await sandbox.checkout.operate('capture', transactionId, 50_000);
		await harness.run(
			{
				resource: 'giftCard',
				operation: 'create',
				cardId: 'sold-1',
				amount: '500',
				pinFormat: 'digits4',
				tokenFormat: 'digits16',
			},
			[{}],
		);
		// The nodes of the example after its question whether the card can be taken back, with their connections.
		const { nodes, connections } = JSON.parse(
			readText('examples/refund-sold-card/refund-sold-card.json'),
		) as { nodes: INode[]; connections: IConnections };
		const facts = { cardId: 'sold-1', currency: 'NOK', transactionId, amount: 50_000 };
		const takeBack = async (maximumAmount: number) =>
			await engine.run(
				{
					nodes: [
						{ name: 'Refund form', type: 'n8n-nodes-base.manualTrigger' },
						{ name: 'How much is left', type: 'n8n-nodes-base.noOp' },
						...nodes
							.slice(nodes.findIndex(({ name }) => name === 'Can be taken back') + 1)
							.map(({ type, ...each }) =>
								type.endsWith('.dintero')
									? { ...each, type, credentials: { dinteroApi: signIn({ maximumAmount }) } }
									: { name: each.name, type: 'n8n-nodes-base.noOp' },
							),
					],
					connections: {
						...connections,
						'Refund form': { main: [[{ node: 'How much is left', type: 'main', index: 0 }]] },
						'How much is left': { main: [connections['Can be taken back'].main[0]] },
					},
				},
				{ items: [{ ...facts, reference: 'taken-back-sold-1', Reason: 'Changed my mind' }] },
			);

		const refused = await takeBack(100);
		expect(refused.json('Page: not refunded')).toHaveLength(1);
		expect(sandbox.books.card('sold-1')?.balance).toBe(50_000);

		const done = await takeBack(500);
		expect(done.json('Page: refunded')).toHaveLength(1);
		expect(sandbox.books.card('sold-1')?.balance).toBe(0);
		const again = await takeBack(500);
		expect(again.json('Page: refunded')).toMatchObject([{ alreadyDone: true }]);
	});
});
