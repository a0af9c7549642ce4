import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import {
	hasMark,
	isAnothers,
	markRequest,
	originsOf,
	type Origin,
} from '../../nodes/Dintero/issuance/origin';

/** What n8n says about where a node runs. */
const PLACE = {
	instance: 'instance',
	workflow: 'workflow' as string | undefined,
	execution: '1234',
	node: 'node',
	run: 0 as number | undefined,
};

function contextOf(place: Partial<typeof PLACE> = {}, memory: IDataObject = {}) {
	const { instance, workflow, execution, node, run } = { ...PLACE, ...place };
	const asked: string[] = [];
	const context = {
		getInstanceId: () => instance,
		getWorkflow: () => ({ id: workflow }),
		getExecutionId: () => execution,
		getNode: () => ({ id: node }),
		getWorkflowDataProxy: () => ({ $runIndex: run }),
		getContext: (kind: string) => {
			asked.push(kind);
			return memory;
		},
	} as unknown as IExecuteFunctions;
	return { context, memory, asked };
}
const originOf = (place: Partial<typeof PLACE> = {}, item = 0, resume?: string): Origin =>
	originsOf(contextOf(place).context, resume)(item);
const textsOf = (origin: Origin) => [origin.cardId, origin.mark, origin.reference('token')];

test('the same item of the same execution gets the same texts in every version of this package', () => {
	// A change here would make a resumed run issue its cards a second time.
	expect(textsOf(originOf({}, 6))).toEqual([
		'n8n-1234-7-557rsrqt498b',
		'n8n execution 1234, item 7 [557rsrqt498b6s56]',
		'n8n-1234-7-ycvrxfkm9kte',
	]);
});

test('texts are readable, and nothing in them can be misread', () => {
	const [cardId, mark, reference] = textsOf(originOf({}, 6));
	expect(cardId).toMatch(/^n8n-1234-7-[0-9a-hjkmnp-tv-z]{12}$/);
	expect(mark).toMatch(/^n8n execution 1234, item 7 \[[0-9a-hjkmnp-tv-z]{16}\]$/);
	expect(reference).toMatch(/^n8n-1234-7-[0-9a-hjkmnp-tv-z]{12}$/);
});

test.each<[string, Partial<typeof PLACE>, number]>([
	['instance', { instance: 'other' }, 0],
	['workflow', { workflow: 'other' }, 0],
	['workflow that is not saved', { workflow: undefined }, 0],
	['execution', { execution: '1235' }, 0],
	['node', { node: 'other' }, 0],
	['run of a loop', { run: 1 }, 0],
	['item', {}, 1],
])('another %s is another origin', (_what, place, item) => {
	const here = textsOf(originOf());
	const there = textsOf(originOf(place, item));
	expect(new Set([...here, ...there]).size).toBe(6);
});

test('a node outside a loop is in its first run', () =>
	expect(textsOf(originOf({ run: undefined }))).toEqual(textsOf(originOf({ run: 0 }))));

test('a workflow without an ID has the same origin each time', () =>
	expect(textsOf(originOf({ workflow: undefined }))).toEqual(textsOf(originOf({ workflow: '' }))));

test('an execution that is resumed is taken for the one before', () => {
	expect(textsOf(originOf({ execution: '99' }, 3, '1234'))).toEqual(textsOf(originOf({}, 3)));
	expect(textsOf(originOf({}, 3, ''))).toEqual(textsOf(originOf({}, 3)));
});

test('each step of an item has its own reference, of at most 64 characters', () => {
	const origin = originOf({ execution: '1'.repeat(100) });
	expect(origin.reference('token')).toHaveLength(64);
	expect(originOf().reference('token')).not.toBe(originOf().reference('token 2'));
	expect(originOf().reference('token')).toBe(originOf().reference('token'));
});

describe('when a run first began', () => {
	beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
	afterEach(() => jest.useRealTimers());

	test('is remembered with the execution, so that a retry of the node knows it', () => {
		const { context, memory, asked } = contextOf();
		expect(originsOf(context)(0).firstTriedAt).toBe(1_000_000);
		jest.setSystemTime(1_060_000);
		expect(originsOf(context)(1).firstTriedAt).toBe(1_000_000);
		expect(memory).toEqual({ firstTry: { runIndex: 0, at: 1_000_000 } });
		expect(new Set(asked)).toEqual(new Set(['node']));
	});

	test('is another time for the next run of a loop', () => {
		const { memory } = contextOf();
		expect(originsOf(contextOf({ run: 0 }, memory).context)(0).firstTriedAt).toBe(1_000_000);
		jest.setSystemTime(1_060_000);
		expect(originsOf(contextOf({ run: 1 }, memory).context)(0).firstTriedAt).toBe(1_060_000);
	});
});

describe('a mark', () => {
	const mark = 'n8n execution 1, item 1 [x]';

	test('is written where a person left room, beside what they wrote otherwise', () => {
		expect(markRequest({ amount: 1 }, mark)).toEqual({ amount: 1, originated_by: mark });
		expect(markRequest({ originated_by: 'Till 3', metadata: { order: '7' } }, mark)).toEqual({
			originated_by: 'Till 3',
			metadata: { order: '7', n8n_origin: mark },
		});
		expect(markRequest({ originated_by: 'Till 3' }, mark)).toEqual({
			originated_by: 'Till 3',
			metadata: { n8n_origin: mark },
		});
	});

	test.each<[IDataObject, boolean]>([
		[{ originated_by: mark }, true],
		[{ originated_by: 'Till 3', metadata: { n8n_origin: mark } }, true],
		[{ metadata: { n8n_origin: 'another' } }, false],
		[{ originated_by: 'another', metadata: {} }, false],
		[{}, false],
	])('is seen on %j: %p', (record, seen) => expect(hasMark(record, mark)).toBe(seen));

	const plain = markRequest({}, mark);
	const beside = markRequest({ originated_by: 'Till 3' } as IDataObject, mark);
	test.each<[IDataObject, IDataObject, boolean]>([
		[{ originated_by: mark }, plain, false],
		[{ originated_by: 'somebody' }, plain, true],
		[{}, plain, false],
		[{ metadata: {} }, plain, false],
		[{ originated_by: 'Till 3', metadata: { n8n_origin: mark } }, beside, false],
		[{ originated_by: 'Till 3', metadata: {} }, beside, true],
		[{ originated_by: 'Till 3' }, beside, false],
	])('%j as the answer to %j is another’s: %p', (record, request, another) =>
		expect(isAnothers(record, request, mark)).toBe(another),
	);
});
