/** The audit itself: it must find every kind of wrong, and take none of the known causes for one. */
import { audit, CAUSES, type Answer, type Facts, type Start } from './audit.mts';

let next = 0;
const start = (transactionId: string | undefined, more: Partial<Start> = {}): Start => ({
	executionId: String(++next),
	transactionId,
	deliveryId: `d-${transactionId}`,
	replayedBy: undefined,
	status: 'success',
	...more,
});
const answer = (id: string, by = 'n8n 1', more: Partial<Answer> = {}): Answer => ({
	delivery: `d-${id}`,
	by,
	status: 200,
	answer: '',
	...more,
});
const facts = (more: Partial<Facts> = {}): Facts => ({
	transactions: ['a'],
	tries: [{ transactionId: 'a', delivery: 'd-a' }],
	answers: [answer('a')],
	starts: [start('a')],
	found: ['a'],
	forged: ['f'],
	...more,
});
const problems = (more: Partial<Facts>) => audit(facts(more)).problems;
const causes = (more: Partial<Facts>) => audit(facts(more)).duplicates;

test('a run in which all is well', () => {
	expect(audit(facts())).toMatchObject({
		transactions: 1,
		starts: 1,
		seenByEvent: 1,
		duplicates: {},
		problems: [],
	});
});

test.each<[string, Partial<Facts>, RegExp]>([
	['an event in a log that nobody saw', { starts: [] }, /the trigger lost it/],
	['a transaction that the look missed', { found: [] }, /not found by the look/],
	['a transaction without a trace', { starts: [], tries: [], found: [] }, /not found/],
	['a forged event', { starts: [start('a'), start('f')] }, /forged f started/],
	['an invented event', { starts: [start('a'), start('x')] }, /x is not in the books/],
	['an execution without its event', { starts: [start('a'), start(undefined)] }, /do not tell/],
	['a second start by nobody', { starts: [start('a'), start('a')] }, /without a cause/],
	[
		'twice in one life of a process',
		{ starts: [start('a'), start('a')], answers: [answer('a'), answer('a')] },
		/in one life of one process/,
	],
	[
		'taken and then replayed by the same',
		{ starts: [start('a'), start('a', { replayedBy: 'n8n 1' })] },
		/in one life of one process/,
	],
	[
		'an error and a replay in one life of a process',
		{
			starts: [start('a'), start('a', { replayedBy: 'n8n 1' })],
			answers: [answer('a', 'n8n 1', { status: 500 })],
		},
		/without a cause/,
	],
	['a transaction that the look made up', { found: ['a', 'x'] }, /x: found by the look/],
	['one that the look found twice', { found: ['a', 'a'] }, /twice/],
])('finds %s', (_what, more, message) => {
	expect(problems(more).join('\n')).toMatch(message);
});

test.each<[string, Partial<Facts>]>([
	[CAUSES.restarted, { answers: [answer('a'), answer('a', 'n8n 2')] }],
	[CAUSES.twoProcesses, { answers: [answer('a', 'webhook-1 1'), answer('a', 'webhook-2 1')] }],
	[CAUSES.died, { answers: [answer('a', 'n8n 1', { status: undefined }), answer('a', 'n8n 2')] }],
	[
		CAUSES.stopped,
		{
			starts: [start('a'), start('a', { replayedBy: 'n8n 2' })],
			answers: [answer('a', 'n8n 1', { status: 500 })],
		},
	],
	[
		CAUSES.replayed,
		{
			starts: [start('a'), start('a', { replayedBy: 'main 1' })],
			answers: [answer('a', 'webhook-1 1')],
		},
	],
])('knows the cause: %s', (cause, more) => {
	const twice = { starts: [start('a'), start('a')], ...more };
	expect(causes(twice)).toEqual({ [cause]: 1 });
	expect(problems(twice)).toEqual([]);
});

test('an error excuses one start only', () => {
	const starts = [start('a'), start('a'), start('a', { replayedBy: 'n8n 2' })];
	expect(problems({ starts, answers: [answer('a', 'n8n 1', { status: 500 })] })).toHaveLength(1);
});

test('a copy that was recognised is no second start', () => {
	const recognised = answer('a', 'n8n 1', { answer: '{"message":"received before"}' });
	expect(problems({ answers: [answer('a'), recognised] })).toEqual([]);
	expect(
		problems({ answers: [answer('a'), recognised], starts: [start('a'), start('a')] }),
	).toHaveLength(1);
});

test('an event in no log is for the hourly look', () => {
	const found = audit(facts({ starts: [], tries: [], answers: [], found: ['a'] }));
	expect(found).toMatchObject({ inNoLog: 1, foundByLookOnly: 1, problems: [] });
});

test('what gets past Remove Duplicates is counted apart', () => {
	const passed = (id: string, yes: boolean, by: string) => start(id, { passed: yes, replayedBy: by });
	const starts = [
		...['n8n 1', 'n8n 2'].map((by) => passed('a', true, by)),
		passed('b', false, 'n8n 1'),
		...[true, false].map((yes, n) => passed('c', yes, `n8n ${n + 1}`)),
	];
	const all = ['a', 'b', 'c'];
	expect(audit(facts({ transactions: all, found: all, answers: [], starts }))).toMatchObject({
		secondPastRemoveDuplicates: 1,
		nonePastRemoveDuplicates: 1,
	});
});
