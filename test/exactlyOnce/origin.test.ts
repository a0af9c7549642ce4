import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import { originsOf, type Origins } from '../../nodes/Dintero/exactlyOnce/origin';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

/** What n8n says about where a node runs. */
interface Where {
	execution?: string;
	run?: number;
	node?: string;
	name?: string;
	type?: string;
	items?: IDataObject[];
	resume?: string;
}

/** What n8n keeps with an execution for one node. */
type Memory = IDataObject;

function originsIn(memory: Memory | undefined, where: Where = {}): Origins {
	const { run = 0, node = 'node', name = 'Dintero', type = 'x.dintero', items = [{}, {}] } = where;
	const execution = 'execution' in where ? where.execution : '900';
	const context = {
		getInstanceId: () => 'instance',
		getWorkflow: () => ({ id: 'workflow' }),
		getExecutionId: () => execution,
		getNode: () => ({ id: node, name, type }),
		getWorkflowDataProxy: () => ({ $runIndex: run }),
		getInputData: () => items.map((json) => ({ json })),
		getContext: () => {
			if (!memory) throw new Error('`executionData` is not initialized');
			return memory;
		},
	} as unknown as IExecuteFunctions;
	return originsOf(context, where.resume);
}
const idOf = (origins: Origins, item = 0) => origins.of(item).cardId;

describe('derived from this execution', () => {
	test('says so, and is readable', () => {
		const origins = originsIn({});
		expect(origins.identity).toEqual({ kind: 'derived', execution: '900' });
		expect(idOf(origins, 1)).toMatch(/^n8n-900-2-[0-9a-hjkmnp-tv-z]{16}$/);
		expect(origins.of(1).mark.text).toMatch(/^n8n execution 900, item 2, run 1 \[\w{8}\.\w{8}\]$/);
	});

	test('stays the same through every try of a run, as n8n keeps its context', () => {
		const memory = {};
		const first = originsIn(memory);
		expect(idOf(originsIn(memory))).toBe(idOf(first));
		expect(originsIn(memory).of(1).reference('charge')).toBe(first.of(1).reference('charge'));
		expect(originsIn(memory).of(0).mark.text).toBe(first.of(0).mark.text);
	});

	test("stays the same in the editor's Retry, which is a new execution with the old context", () => {
		const memory = {};
		const first = originsIn(memory);
		const retry = originsIn(JSON.parse(JSON.stringify(memory)) as Memory, { execution: '901' });
		expect(idOf(retry)).toBe(idOf(first));
		expect(retry.identity).toEqual({ kind: 'derived', execution: '900' });
	});

	test('is another one when the number of the execution comes again', () => {
		const first = originsIn({}).of(0);
		const second = originsIn({}).of(0);
		expect(second.cardId).not.toBe(first.cardId);
		expect(second.reference('charge')).not.toBe(first.reference('charge'));
		expect(second.owns({ card_id: first.cardId })).toBe(false);
		expect(second.owns({ originated_by: first.mark.text })).toBe(false);
		expect(second.owns({ metadata: { n8n_origin: first.mark.text } })).toBe(false);
	});

	test('is another one for each item, step, run of a loop, and node', () => {
		const memory = {};
		const one = originsIn(memory);
		const all = [
			idOf(one),
			idOf(one, 1),
			one.of(0).reference('charge'),
			one.of(0).reference('topUp'),
			idOf(originsIn(memory, { run: 1 })),
			idOf(originsIn({}, { node: 'other' })),
			idOf(originsIn({}, { name: 'Dintero1' })),
		];
		expect(new Set(all).size).toBe(all.length);
	});

	test('owns what carries its mark or its ID, and nothing else', () => {
		const origin = originsIn({}).of(0);
		expect(origin.owns({ card_id: origin.cardId })).toBe(true);
		expect(origin.owns({ ref_id: origin.reference('x') })).toBe(true);
		expect(origin.owns({ card_id: 'a', originated_by: origin.mark.text })).toBe(true);
		expect(origin.owns({ card_id: 'a' })).toBe(false);
		expect(origin.owns({})).toBe(false);
	});
});

describe('a failed item that comes back in the same execution', () => {
	test('is the same item, when a workflow leads its error back into the node', () => {
		const memory = {};
		const first = originsIn(memory).of(1);
		const again = (details: IDataObject) =>
			originsIn(memory, { run: 1, items: [{ error: 'x', details }] }).of(0);
		expect(again({ cardId: first.cardId }).cardId).toBe(first.cardId);
		expect(again({ cardId: first.cardId }).mark.text).toBe(first.mark.text);
		expect(again({ refId: first.reference('charge') }).reference('charge')).toBe(
			first.reference('charge'),
		);
		for (const details of [
			{},
			{ cardId: 'order-1' },
			{ cardId: 'n8n-900-2-aaaaaaaabbbbbbbb' },
			null,
		])
			expect(again(details as IDataObject).cardId).not.toBe(first.cardId);
	});

	test('owns what an earlier try made with the same ID, until that was handed out', () => {
		const memory = {};
		const first = originsIn(memory).of(0);
		first.keepForRetry('order-1');
		const again = originsIn(memory, { run: 1 }).of(0);
		const card = { card_id: 'order-1', originated_by: first.mark.text };
		expect(again.owns(card)).toBe(true);
		again.clearRetry();
		expect(originsIn(memory, { run: 2 }).of(0).owns(card)).toBe(false);
	});
});

test('a movement without an answer is remembered, in this execution only', () => {
	const memory = {};
	originsIn(memory).of(0).noteUnknown('order return-1');
	const age = (movement: string, of: Memory = memory) =>
		originsIn(of, { run: 1 }).of(0).unknownFor(movement);
	expect(age('order return-1')).toBeGreaterThanOrEqual(0);
	expect([age('order return-2'), age('order return-1', {})]).toEqual([undefined, undefined]);
});

describe('a tool', () => {
	const tool = (memory: Memory, run: number, json: IDataObject = { Amount: '500' }) =>
		originsIn(memory, { type: 'x.dinteroTool', run, items: [json] }).of(0);

	test('two calls are two jobs, also where n8n gives both one run index', () => {
		const memory = {};
		expect(tool(memory, 0).cardId).not.toBe(tool(memory, 0).cardId);
		expect(tool(memory, 1).cardId).not.toBe(tool(memory, 2).cardId);
	});

	test('a try after one that failed is the same job, whatever number the model gave the call', () => {
		const memory = {};
		const first = tool(memory, 0, { Amount: '500', toolCallId: 'call_1' });
		first.keepForRetry();
		first.keepForRetry(first.cardId);
		const second = tool(memory, 1, { Amount: '500', toolCallId: 'call_2' });
		expect(second.cardId).toBe(first.cardId);
		expect(tool(memory, 2).cardId).not.toBe(first.cardId); // taken over once
	});

	test('a call with other words is another job', () => {
		const memory = {};
		const first = tool(memory, 0);
		first.keepForRetry();
		expect(tool(memory, 1, { Amount: '300' }).cardId).not.toBe(first.cardId);
	});
});

describe('a call that belongs to no execution', () => {
	test.each([undefined, '', 'undefined', 'null', '__UNKNOWN__'])(
		'(%p) derives nothing',
		(execution) => {
			const origins = originsIn(undefined, { execution });
			expect(origins.identity).toEqual({ kind: 'none' });
			const origin = origins.of(0);
			expect(() => origin.cardId).toThrow(
				/^Card ID: is empty, .*does not belong to an execution.*Fill in 'Card ID'/,
			);
			expect(() => origin.reference('charge')).toThrow(/^Reference: is empty.*Fill in 'Reference'/);
			for (const text of [origin.mark.text, origin.tokenReference('token')])
				expect(text).not.toMatch(/undefined|null|UNKNOWN/);
		},
	);

	test('two calls are two jobs', () => {
		const [first, second] = [1, 2].map(() => originsIn({}, { execution: undefined }).of(0));
		expect(second.owns({ card_id: 'case-1', originated_by: first.mark.text })).toBe(false);
		expect(second.tokenReference('token')).not.toBe(first.tokenReference('token'));
	});

	test('two tries of one call are one job, where n8n keeps the context', () => {
		const memory = {};
		const first = originsIn(memory, { execution: undefined }).of(0);
		first.keepForRetry('case-1');
		const second = originsIn(memory, { execution: undefined, run: 1 }).of(0);
		expect(second.owns({ card_id: 'case-1', originated_by: first.mark.text })).toBe(true);
	});
});

describe('continued from another execution', () => {
	const T0 = Date.parse('2026-11-25T10:00:00Z');
	const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
	const read = async (origins: Origins, ...cards: IDataObject[]) =>
		await origins.findCards(fakeDintero({ 'GET wallets/cards': [{ cards } as Scripted] }).dintero);
	const resume = (memory: Memory = {}) => originsIn(memory, { execution: '901', resume: '900' });

	test('says so, and asks for the card list only where an ID is derived', () => {
		const origins = resume();
		expect(origins.identity).toEqual({ kind: 'continued', execution: '900' });
		expect(origins.of(0).mark.text).toMatch(/^n8n execution 900, /);
		expect(origins.needsCards).toBe(false);
		expect(idOf(origins)).toMatch(/^n8n-900-1-/);
		expect(origins.needsCards).toBe(true);
	});

	test('finds the IDs the other execution derived, and goes on with them', async () => {
		const before = originsIn({});
		const origins = resume();
		await read(origins, { card_id: 'order-1' }, { card_id: idOf(before), created_at: at(0) });
		expect([idOf(origins), idOf(origins, 1)]).toEqual([idOf(before), idOf(before, 1)]);
		expect(origins.needsCards).toBe(false);
		expect(origins.foundAny()).toBe(true);
	});

	test('of two lives of one number the newest counts', async () => {
		const [old, young] = [originsIn({}), originsIn({})];
		const cards = [
			{ card_id: idOf(old), created_at: at(0) },
			{ card_id: idOf(old, 1), created_at: at(1) },
			{ card_id: idOf(young), created_at: at(500) },
		];
		for (const order of [cards, [...cards].reverse()]) {
			const origins = resume();
			await read(origins, ...order);
			expect(idOf(origins, 1)).toBe(idOf(young, 1));
			expect(origins.of(1).owns({ card_id: idOf(old, 1) })).toBe(false);
		}
	});

	test('is refused when the newest cannot be told, and when there are none', async () => {
		const [old, young] = [originsIn({}), originsIn({})];
		for (const created_at of [undefined, at(5)])
			await expect(
				read(resume(), { card_id: idOf(old), created_at }, { card_id: idOf(young), created_at }),
			).rejects.toThrow(/^Resume Execution ID: several executions had the number 900/);
		await expect(read(resume(), { card_id: 'order-1' })).rejects.toThrow(
			/^Resume Execution ID: the node found no card that it made in execution 900/,
		);
	});

	test('takes no card of another node or run for its own', async () => {
		for (const other of [{ name: 'Dintero1' }, { node: 'x' }, { run: 1 }, { execution: '9001' }])
			await expect(
				read(resume(), { card_id: idOf(originsIn({}, other)), created_at: at(0) }),
			).rejects.toThrow(/the node found no card/);
	});

	test('owns cards with an ID of their own by the mark, whatever row they are in now', () => {
		const before = originsIn({});
		const { mark } = before.of(1);
		const card = mark.on({ card_id: 'order-1' });
		expect(resume().of(0).owns(card)).toBe(true);
		expect(
			resume().of(0).owns({ card_id: 'order-1', originated_by: 'n8n execution 900, item 1' }),
		).toBe(false);
		expect(originsIn({}, { execution: '901', resume: '800' }).of(0).owns(card)).toBe(false);
		expect(originsIn({}, { execution: '901' }).of(0).owns(card)).toBe(false);
	});

	test('stays the same through every try', () => {
		const memory = {};
		const first = resume(memory).of(0).mark.text;
		expect(resume(memory).of(0).mark.text).toBe(first);
	});

	test('is refused while this process of n8n still runs the other execution, or another one continues it', () => {
		const end = originsIn({}).begin();
		expect(() => resume().begin()).toThrow(/^Resume Execution ID: execution 900 is still running/);
		originsIn({}, { name: 'Dintero1' }).begin()();
		end();
		const endResume = resume().begin();
		expect(() => resume().begin()).toThrow(/still running, or another one continues it/);
		endResume();
		resume().begin()();
	});
});

test('an earlier try of a run notes the cards that carry no mark', () => {
	const memory = {};
	originsIn(memory).of(0).noteMade('print-1');
	expect(originsIn(memory).of(1).hasMade('print-1')).toBe(true);
	expect(originsIn(memory).of(1).hasMade('print-2')).toBe(false);
	expect(originsIn(memory, { run: 1 }).of(1).hasMade('print-1')).toBe(false);
	expect(originsIn({}).of(1).hasMade('print-1')).toBe(false);
});
