import type { IDataObject, INode } from 'n8n-workflow';

import { Mark } from '../../nodes/Dintero/exactlyOnce/mark';
import { apiError } from '../../nodes/Dintero/transport/failure';

const text = 'n8n execution 900, item 1, run 1 [aaaaaaaa.bbbbbbbb]';
const mark = () => new Mark(text);

describe('a mark is written', () => {
	test('in the metadata, and as originated_by where that is free', () => {
		expect(mark().on({ amount: 1 })).toEqual({
			amount: 1,
			originated_by: text,
			metadata: { n8n_origin: text },
		});
		expect(mark().on({ originated_by: 'Till 3', metadata: { order: '7' } })).toEqual({
			originated_by: 'Till 3',
			metadata: { order: '7', n8n_origin: text },
		});
		expect(mark().on({ ref_id: 'r' }, ['metadata'])).toEqual({
			ref_id: 'r',
			metadata: { n8n_origin: text },
		});
	});
});

test.each<[IDataObject, boolean]>([
	[{ originated_by: text }, true],
	[{ metadata: { n8n_origin: text } }, true],
	[{ originated_by: 'Till 3', metadata: { n8n_origin: text } }, true],
	[{ originated_by: text, metadata: {} }, true],
	[{ originated_by: text, metadata: { n8n_origin: 'another' } }, true],
	[{ metadata: { n8n_origin: 'another' } }, false],
	[{ originated_by: 'another', metadata: {} }, false],
	[{ originated_by: null, metadata: null } as never, false],
	[{}, false],
])('is seen on %j: %p', (record, seen) => expect(mark().isOn(record)).toBe(seen));

test('an earlier text for the same item counts as well', () =>
	expect(new Mark(text, (other) => other === 'earlier').isOn({ originated_by: 'earlier' })).toBe(
		true,
	));

const plain = mark().on({});
const beside = mark().on({ originated_by: 'Till 3' } as IDataObject);
test.each<[IDataObject, IDataObject, boolean]>([
	[{ originated_by: text }, plain, false],
	[{ metadata: { n8n_origin: text } }, plain, false],
	[{ originated_by: 'somebody' }, plain, true],
	[{ metadata: { n8n_origin: 'another' } }, plain, true],
	[{}, plain, false],
	[{ metadata: {} }, plain, false],
	[{ originated_by: null } as never, plain, false],
	[{ originated_by: 'Till 3', metadata: { n8n_origin: text } }, beside, false],
	[{ originated_by: 'Till 3', metadata: {} }, beside, true],
	[{ originated_by: 'Till 3' }, beside, false],
])('%j as the answer to %j is another’s: %p', (record, request, another) =>
	expect(mark().isByAnother(record, request)).toBe(another),
);

describe('a refusal of a member that carries the mark', () => {
	const node = { name: 'Dintero', parameters: {} } as unknown as INode;
	const refusal = (message: string, status = 400, details?: string) =>
		apiError(node, {
			outcome: status >= 500 ? 'unknown' : 'refused',
			status,
			message,
			details,
			signIn: false,
		});

	test.each<[string, IDataObject, Error, IDataObject | undefined]>([
		[
			'originated_by',
			{},
			refusal('originated_by is not allowed'),
			{ metadata: { n8n_origin: text } },
		],
		[
			'in the details',
			{},
			refusal('Bad request', 400, 'body.originated_by: unknown'),
			{ metadata: { n8n_origin: text } },
		],
		['metadata', {}, refusal('metadata is not allowed'), { originated_by: text }],
		[
			'our key only',
			{ metadata: { a: 1 } },
			refusal('metadata.n8n_origin'),
			{ metadata: { a: 1 }, originated_by: text },
		],
		[
			'their own text',
			{ originated_by: 'Till 3' },
			refusal('originated_by is too long'),
			undefined,
		],
		['another member', {}, refusal('amount is too high'), undefined],
		['no refusal', {}, refusal('originated_by', 500), undefined],
		['no error of Dintero', {}, new Error('metadata'), undefined],
	])('%s', (_what, own, problem, left) => {
		const one = mark();
		expect(one.without(one.on(own), problem)).toEqual(left);
	});

	test('is remembered: the next request of the run does not send it', () => {
		const refused = new Set<never>();
		const one = new Mark(text, undefined, refused);
		one.without(one.on({}), refusal('originated_by is not allowed'));
		expect(new Mark(text, undefined, refused).on({})).toEqual({ metadata: { n8n_origin: text } });
	});
});
