import { metadata } from '../../nodes/Dintero/fields/metadata';
import { expectRefusal } from '../support/refusal.mts';
import { rawParameters, read, readUntouched } from './raw.mts';

const entries = (...rows: object[]) => ({ metadata: { entries: rows } });

test('metadata may be left out', () => {
	expect(readUntouched(metadata)).toBeUndefined();
	for (const none of [{}, { metadata: {} }, entries(), { metadata: '', metadataJson: '' }])
		expect(read(metadata, none)).toBeUndefined();
});

test('a missing value leaves it out, and is counted', () => {
	const raw = rawParameters({
		metadata: { expression: null },
		metadataJson: { expression: undefined },
	});
	expect(metadata.read(raw)).toBeUndefined();
	expect(raw.counted).toEqual([
		['Metadata', true],
		['Metadata (JSON)', true],
	]);
});

test('rows and JSON are put together, in a collection too', () => {
	const both = { ...entries({ key: 'a', value: 'å' }), metadataJson: '{"b": 1}' };
	expect(read(metadata, both)).toEqual({ a: 'å', b: 1 });
	expect(metadata.read(rawParameters({ additionalFields: both }), 'additionalFields')).toEqual({
		a: 'å',
		b: 1,
	});
	expect(read(metadata, { metadataJson: { expression: { c: [1] } } })).toEqual({ c: [1] });
});

test('rows of which a part gave nothing are taken', () =>
	expect(
		read(metadata, {
			metadata: { expression: { entries: [{ key: 'a', value: 'x-' }] }, incomplete: true },
		}),
	).toEqual({ a: 'x-' }));

test('so is JSON of which a part gave nothing: the other entries must not be lost', () => {
	const json = (text: string) =>
		read(metadata, { metadataJson: { expression: text, incomplete: true } });
	expect(json('{"campaign": "summer", "note": ""}')).toEqual({ campaign: 'summer', note: '' });
	expectRefusal(() => json('{"campaign": "summer", "n": }'), 'Metadata (JSON)', /JSON object/, /./);
});

test('an expression that n8n did not evaluate is no value', () => {
	expectRefusal(
		() => read(metadata, entries({ key: 'order', value: 'no. {{ $json.id }}' })),
		'Metadata',
		/'order'.*did not evaluate/,
		/\w/,
	);
	expect(() => read(metadata, { metadataJson: '{"order": "{{ $json.id }}"}' })).toThrow(
		/^Metadata \(JSON\): .*did not evaluate/,
	);
});

test('an array of rows is a list of entries', () =>
	expect(read(metadata, { metadata: { expression: [{ key: 'a', value: 1 }] } })).toEqual({ a: 1 }));

test('a row whose expression gives nothing is counted by its key', () => {
	const raw = rawParameters({
		metadata: {
			expression: {
				entries: [
					{ key: 'a', value: null },
					{ key: 'b', value: 0 },
				],
			},
		},
	});
	expect(metadata.read(raw)).toEqual({ a: '', b: 0 });
	expect(raw.counted).toEqual([
		["Metadata 'a'", true],
		["Metadata 'b'", false],
		['Metadata', false],
	]);
});

test.each(['text', 7, true, { campaign: 'x' }, { entries: '[]' }, { entries: { key: 'a' } }])(
	'%p is no list of entries',
	(value) =>
		void expectRefusal(
			() => read(metadata, { metadata: { expression: value } }),
			'Metadata',
			/entries/,
			/Metadata \(JSON\)/,
		),
);

test.each(['n8n_origin', 'n8n_refund_of', 'n8n_replaced_by', 'n8n_replaces'])(
	'%s is written by the node alone',
	(key) => {
		expectRefusal(() => read(metadata, entries({ key })), 'Metadata', /node/, /another key/);
		expect(() => read(metadata, { metadataJson: { [key]: 1 } })).toThrow(/^Metadata \(JSON\): /);
	},
);

test('what cannot be read is refused under the label of its field', () => {
	for (const [name, label] of [
		['metadata', 'Metadata'],
		['metadataJson', 'Metadata (JSON)'],
	])
		expectRefusal(() => read(metadata, { [name]: ' ' }), label, /visible characters/, /empty it/);
	expect(() => read(metadata, { metadataJson: '{a' })).toThrow(/^Metadata \(JSON\): '\{a'/);
});

test('both fields are shown and known', () => {
	expect(metadata.properties.map(({ name }) => name)).toEqual(['metadata', 'metadataJson']);
	expect(metadata.leaves.map(({ property }) => property)).toEqual(metadata.properties);
});
