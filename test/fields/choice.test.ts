import { anyChoices, choice, choices } from '../../nodes/Dintero/fields/choice';
import { expectRefusal } from '../support/refusal.mts';
import { read, readUntouched } from './raw.mts';

const options = [
	{ name: 'Active', value: 'ACTIVE' },
	{ name: 'Not Yet Active', value: 'INACTIVE' },
	{ name: 'Expired', value: 'EXPIRED' },
] as const;
const named = { name: 'status', displayName: 'Status', options };
const one = choice({ ...named, default: 'INACTIVE' });
const some = choices({ ...named, default: [] });
const any = anyChoices({ ...named, default: [] });

describe('a choice', () => {
	test('that nobody made is the default', () => {
		for (const value of [undefined, '', null])
			expect(read(one, { status: value })).toBe('INACTIVE');
		expect(readUntouched(one)).toBe('INACTIVE');
	});

	test.each(['EXPIRED', 'expired ', 'Expired\u200b'])('%j is read', (value) =>
		expect(read(one, { status: value })).toBe('EXPIRED'),
	);

	test('that is none is refused with the values', () => {
		expectRefusal(() => read(one, { status: 'x' }), 'Status', /'x'/, /ACTIVE, INACTIVE, EXPIRED/);
		expectRefusal(
			() => read(one, { status: { expression: null } }),
			'Status',
			/gave nothing/,
			/this item/,
		);
	});

	test('holds for its item, or for the whole run', () => {
		expect(one.leaves[0].wholeRun).toBe(false);
		const whole = choice({ ...named, default: 'ACTIVE' }, { wholeRun: true });
		expect(whole.leaves[0].wholeRun).toBe(true);
	});
});

describe.each([some, any])('several choices', (field) => {
	test.each<[unknown, string[]]>([
		[['ACTIVE'], ['ACTIVE']],
		[
			['Expired', 'active'],
			['EXPIRED', 'ACTIVE'],
		],
		['active, Not Yet Active', ['ACTIVE', 'INACTIVE']],
		['ACTIVE,,active, ', ['ACTIVE']],
		[['ACTIVE', '', null, 'ACTIVE'], ['ACTIVE']],
		[{ expression: ['ACTIVE', 'EXPIRED'] }, ['ACTIVE', 'EXPIRED']],
		[{ expression: 'ACTIVE, EXPIRED, ' }, ['ACTIVE', 'EXPIRED']],
		[{ expression: ' ["ACTIVE","expired"]' }, ['ACTIVE', 'EXPIRED']],
	])('%j are %j, each once', (value, read_) =>
		expect(read(field, { status: value })).toEqual(read_),
	);

	test.each<[unknown, RegExp]>([
		['ACTIVE;EXPIRED', /'ACTIVE;EXPIRED'/],
		[['ACTIVE', 'lost'], /'lost'/],
		[7, /'7'/],
	])(
		'%j is refused with the values',
		(value, problem) =>
			void expectRefusal(
				() => read(field, { status: value }),
				'Status',
				problem,
				/ACTIVE, INACTIVE, EXPIRED/,
			),
	);

	test.each([[['ACTIVE', null]], [['', 'ACTIVE']], ['ACTIVE,,EXPIRED'], ['["ACTIVE",null]']])(
		'an expression may not give some of them and nothing for others: %j',
		(expression) =>
			void expectRefusal(
				() => read(field, { status: { expression } }),
				'Status',
				/an entry that is empty/,
				/this item/,
			),
	);

	test.each([[[]], [','], [[' ', null]]])(
		'an expression may not give none: %j',
		(expression) =>
			void expectRefusal(
				() => read(field, { status: { expression } }),
				'Status',
				/empty/,
				/at least one/,
			),
	);
});

test('a filter of none filters nothing, and what must hold something is refused', () => {
	for (const value of [[], '', undefined, ',']) {
		expect(read(any, { status: value })).toEqual([]);
		expectRefusal(() => read(some, { status: value }), 'Status', /empty/, /at least one/);
	}
	expect(readUntouched(any)).toEqual([]);
	expect([some, any].map(({ properties }) => properties[0].required)).toEqual([true, undefined]);
});
