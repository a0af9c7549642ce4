import {
	name,
	requiredId,
	optionalReference,
	ownId,
	ownReference,
	parseUuid,
	uuid,
} from '../../nodes/Dintero/fields/text';
import { expectRefusal } from '../support/refusal.mts';
import { rawParameters, read, readUntouched } from './raw.mts';

const property = { name: 'ref', displayName: 'Reference' };
const UUID = '9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11';
const optional = { ownId, ownReference, optionalReference, name };
const kinds = Object.entries({ requiredId, ...optional });
const given = { ref: { expression: null } };

test.each(kinds)('%s is read and refused by its label', (_kind, make) => {
	expect(read(make(property), { ref: ' kunde-å 7 ' })).toBe('kunde-å 7');
	expect(read(make(property), { ref: 20250101 })).toBe('20250101');
	expectRefusal(() => read(make(property), { ref: '#VERDI!' }), 'Reference', /'#VERDI!'/, /\w/);
});

test.each(Object.entries(optional))('%s may be left out', (_kind, make) => {
	expect(readUntouched(make(property))).toBeUndefined();
	expect(read(make(property), {})).toBeUndefined();
	expect(make(property).properties[0].required).toBeUndefined();
});

test.each(
	Object.entries({ requiredId, uuid: () => uuid({ ...property, whereFrom: 'Get returns it' }) }),
)('%s must be filled in, and is marked so', (_kind, make) => {
	const field = make(property);
	expect(field.properties[0].required).toBe(true);
	expectRefusal(() => readUntouched(field), 'Reference', /^is empty/, /Fill it in|Get returns it/);
});

test('a default of its own is what it holds at first', () =>
	expect(readUntouched(ownReference({ ...property, default: 'n8n' }))).toBe('n8n'));

test.each(Object.entries({ requiredId, ownId, ownReference }))(
	'%s is never made of a missing value',
	(_kind, make) => {
		expectRefusal(() => read(make(property), given), 'Reference', /gave nothing/, /this item/);
		expect(() => read(make(property), { ref: 'null' })).toThrow(/^Reference: /);
	},
);

test.each(Object.entries({ optionalReference, name }))(
	'%s is left out for a missing value, and that is counted',
	(_kind, make) => {
		const raw = rawParameters(given);
		expect(make(property).read(raw)).toBeUndefined();
		expect(raw.counted).toEqual([['Reference', true]]);
		expect(read(make(property), { ref: 'N/A' })).toBeUndefined();
	},
);

test('only a text for people is taken with a part missing', () => {
	const part = { ref: { expression: 'Kjære ', incomplete: true } };
	expect(read(name(property), part)).toBe('Kjære');
	expect(read(optionalReference(property), part)).toBeUndefined();
	expect(() => read(ownReference(property), part)).toThrow(/a part that is empty/);
});

test('IDs are no paths', () => {
	for (const make of [requiredId, ownId])
		expect(() => read(make(property), { ref: '..' })).toThrow(/^Reference: '\.\.'/);
	expect(read(ownReference(property), { ref: '..' })).toBe('..');
});

describe('an ID that Dintero made', () => {
	const field = uuid({ ...property, whereFrom: 'Charge returns it' });
	const parse = (value: unknown) => parseUuid(value, 'Reference', 'Charge returns it');

	test.each([UUID, UUID.toUpperCase(), ` ${UUID}\u200b\n`])('%j is read', (value) => {
		expect(read(field, { ref: value })).toBe(UUID);
		expect(parse(value)).toBe(UUID);
	});

	test.each([`x${UUID}`, `${UUID}0`, UUID.slice(1), UUID.replaceAll('-', ''), [UUID], 7, null])(
		'%j is none',
		(value) =>
			void expectRefusal(
				() => parse(value),
				'Reference',
				/'.*' .*Dintero/,
				new RegExp(`${UUID}.*Charge returns it`),
			),
	);

	test('is asked for with an example and where it is found', () =>
		void expectRefusal(
			() => read(field, {}),
			'Reference',
			/^is empty/,
			new RegExp(`${UUID}.*Charge returns it`),
		));
});
