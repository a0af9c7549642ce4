import fc from 'fast-check';

import { InvalidInput } from '../../nodes/Dintero/domain/invalidInput';
import { maximumTotal } from '../../nodes/Dintero/fields/amount';
import { preview } from '../../nodes/Dintero/fields/runOptions';
import { nodeWith } from './evaluated.mts';

const yielding = async () => {};

describe('a parameter of one item', () => {
	test('without an expression is the same for all, and n8n is not asked', () => {
		const node = nodeWith({ amount: '500', options: { preview: true } }, [{}, {}]);
		expect(node.at('amount', 1)).toEqual({
			value: '500',
			fromExpression: false,
			incomplete: false,
			chosen: false,
		});
		expect(node.at('options.preview').value).toBe(true);
		expect(node.at('options.simplify').value).toBeUndefined();
		expect(node.at('none').value).toBeUndefined();
		expect(node.asked()).toBe(0);
	});

	test('with an expression is its own', () => {
		const node = nodeWith(
			{ cardId: '={{ $json.id }}', options: { preview: '={{ $json.id === "a" }}' } },
			[{ id: 'a' }, { id: 'b' }],
		);
		expect([0, 1].map((index) => node.at('cardId', index).value)).toEqual(['a', 'b']);
		expect([0, 1].map((index) => node.at('options.preview', index).value)).toEqual([true, false]);
	});

	test('in a resource locator is its value, by expression or chosen from the list', () => {
		const locator = (mode: string, value: unknown) => ({
			cardId: { __rl: true, mode, value } as never,
		});
		expect(nodeWith(locator('id', '={{ $json.id }}'), [{ id: 'a' }]).at('cardId')).toMatchObject({
			value: 'a',
			fromExpression: true,
		});
		expect(nodeWith(locator('list', 'a'), [{}]).at('cardId')).toMatchObject({
			value: 'a',
			fromExpression: false,
			chosen: true,
		});
		expect(nodeWith({ cardId: 'a' }, [{}]).at('cardId')).toMatchObject({
			value: 'a',
			chosen: false,
		});
		expect(
			nodeWith({ cardId: '={{ $json.card }}' }, [
				{ card: { __rl: true, mode: 'id', value: 'a' } as never },
			]).at('cardId').value,
		).toBe('a');
	});

	test('of a collection that is an expression as a whole is refused, because n8n would drop it', () => {
		const node = nodeWith({ options: '={{ $json.options }}' }, [{ options: { preview: 'ja' } }]);
		const message = 'options: is one expression, of which n8n would use nothing. Add its fields';
		expect(() => node.at('options.preview')).toThrow(message);
		expect(() => preview('').read(node.parameters.item(0), 'options')).toThrow(
			`Preview: its expression cannot be evaluated (${message}`,
		);
	});

	test('that holds rows with expressions is evaluated as a whole', () => {
		const node = nodeWith(
			{ additionalFields: { metadata: { entries: [{ key: 'a', value: '={{ $json.id }}' }] } } },
			[{ id: 7 }],
		);
		expect(node.at('additionalFields.metadata').value).toEqual({
			entries: [{ key: 'a', value: 7 }],
		});
	});
});

describe('an expression of several parts', () => {
	const row = {
		id: 7,
		none: null,
		empty: '',
		blank: ' \u200b',
		object: { a: 1 },
		list: [],
		words: ['a', 'b'],
		error: '#N/A',
		short: '2,02511E+16',
		python: 'None',
		excel: 'N/A',
		person: 'Null',
		region: 'NA',
		dash: '-',
	} as never;

	test.each([
		'=order-{{ $json.missing }}',
		'=order-{{ $json.none }}',
		'=order-{{ $json.empty }}',
		'=order-{{ $json.blank }}',
		'=order-{{ $json.object }}',
		'=order-{{ $json.list }}',
		'=order-{{ NaN }}',
		'={{ $json.id }}-{{ $json.missing }}',
		'={{ $json.missing }}{{ $json.id }}',
		'={{ $json.id }} {{ "" }}',
		'=order-{{ $json.missing?.deeper }}',
		'={{ `order-${$json.empty}` }}',
		'={{`${$json.id}${$json.none}`}}',
		'={{ "order-" + $json.empty }}',
		"={{ 'order-' + $json.id + '-' + $json.blank }}",
		'={{ $json.empty + "-" + $json.id }}',
		'={{ "order-" + ($json.missing ?? "") }}',
		'={{ "order-" + $json.missing?.deeper }}',
		'={{ `order-` + $json.empty }}',
		'={{ "order-" + `${$json.empty}1` }}',
		"={{ 'order-' + ($json.empty ?? `The order`) }}",
		'=order {{ "no. " + $json["empty"].trim() }}',
		'={{ ["order", $json.empty].join("-") }}',
		'={{ ["order", $json.missing].join("-") }}',
		'={{ "order-".concat($json.empty) }}',
		'={{ ("order-" + $json.empty).trim() }}',
		'={{ ("order-" + $json["empty"]) }}',
		'={{ String("order-" + $json.none?.deeper) }}',
		'={{ `order-${$json.blank}`.trim() }}',
		'={{ `order-${$json.empty}` + "" }}',
		'={{ `no. ${$json.id}-${$json.empty}/x`.concat("a-b") }}',
		'={{ "order-{}".replace("{}", $json.empty) }}',
		'={{ $json.empty.padStart(5, "0") }}',
		'=order-{{ $json.empty.padStart(5, "0") }}',
		'={{ $json.id + $json.empty }}',
		'={{ [$json.id, $json.error].join("-") }}',
		'={{ $json.id + $json.empty.toUpperCase() }}',
		...['error', 'short', 'python', 'excel'].flatMap((name) => [
			`=order-{{ $json.${name} }}`,
			`=order-{{ $json.${name}.trim() }}`,
		]),
	])('%s is incomplete', (parameter) =>
		expect(nodeWith({ p: parameter }, [row]).at('p').incomplete).toBe(true),
	);

	test.each([
		'=order-{{ $json.id }}',
		'={{ $json.id }}{{ $json.id }}',
		'=order-{{ 0 }}',
		'=order-{{ false }}',
		'=order-{{ "}" + "x" }}',
		'={{ $json.id }}',
		'={{ $json.empty }}',
		'={{ $json.missing }}',
		'=order',
		'=until {{ $now }}',
		'=on {{ $now.toISODate() }}',
		'={{ `order-${$json.id}` }}',
		'={{ `${$json.empty}` }}',
		'={{ `order` }}',
		'={{ "order-" + $json.id }}',
		'={{ "order-" + ($json.missing ?? $json.id) }}',
		'={{ "or" + "der" }}',
		'={{ "order-" + [$json.id, `a+b`].join(`+`) }}',
		'={{ 1 + 0 }}',
		'={{ $json.id ? "order-" + $json.id : "" + $json.empty }}',
		'={{ "order-" + $json.id.replace(/["+]/g, "") }}',
		'={{ "(" + [$json.id, "a+b"].join("+") + ")" }}',
		'={{ ["order", $json.id].join("-") }}',
		'={{ [$json.id, $json.empty].filter(Boolean).join("-") }}',
		'={{ [$json.id, $json.empty].compact().join("-") }}',
		'={{ ["order", $json.empty || $json.id].join("-") }}',
		'={{ ["order", $json.missing ?? $json.id].join("-") }}',
		'={{ "order-".concat($json.empty ? $json.empty : $json.id) }}',
		'={{ "order-".concat($ifEmpty($json.empty, $json.id)) }}',
		'={{ `no. ${$json.id}-${$json.empty || $json.id}/x`.concat("a-b") }}',
		'={{ JSON.stringify({ id: $json.id, note: $json.empty }) }}',
		'={{ (500 - $json.none).toFixed(2) }}',
		'={{ $json.empty === "" }}',
		'={{ $json.list.concat("a").join("-") }}',
		'={{ $json.words.join("-") }}',
		'={{ $json.object.a.toString() }}',
		'={{ Object.keys($json.object).join("-") }}',
		'={{ $json.id.toString().padStart(5, "0") }}',
		...['person', 'region', 'dash'].flatMap((name) => [
			`=order-{{ $json.${name} }}`,
			`=order-{{ $json.${name}.trim() }}`,
		]),
	])('%s is not', (parameter) =>
		expect(nodeWith({ p: parameter }, [row]).at('p').incomplete).toBe(false),
	);
});

test('a text is incomplete exactly when a part of it gives nothing, whatever puts it together', () => {
	const ways: Array<(a: string, b: string) => string> = [
		(a, b) => `=order-{{ ${a} }}/{{ ${b} }}`,
		(a, b) => `={{ ["order", ${a}, ${b}].join("-") }}`,
		(a, b) => `={{ "order-".concat(${a}, '/', ${b}) }}`,
		(a, b) => `={{ ("order-" + ${a} + "-" + ${b}).trim() }}`,
		(a, b) => `={{ \`order-\${${a}}/\${${b}}\`.toUpperCase() }}`,
		(a, b) => `={{ "order-A-B".replace("A", ${a}).replace("B", ${b}) }}`,
		(a, b) => `={{ String(["order", ${a}].join("-")) + ${b} }}`,
	];
	const value = fc.constantFrom(
		7,
		0,
		'a',
		'7',
		'-',
		undefined,
		null,
		'',
		' ',
		'\u200b',
		'#N/A',
		'ingen',
	);
	const path = fc.constantFrom(
		(name: string) => `$json.${name}`,
		(name: string) => `$json["${name}"]`,
		(name: string) => `$json.deep.${name}`,
		(name: string) => `$json.list[0].${name}`,
	);
	fc.assert(
		fc.property(fc.constantFrom(...ways), value, value, path, path, (way, a, b, pathA, pathB) => {
			const row = { a, b } as never;
			const { at } = nodeWith({ p: way(pathA('a'), pathB('b')) }, [
				{ ...(row as object), deep: row, list: [row] } as never,
			]);
			const missing = [a, b].some((one) => ![7, 0, 'a', '7', '-'].includes(one as never));
			expect(at('p').incomplete).toBe(missing);
		}),
	);
});

describe('an option of the whole run', () => {
	const leaves = [...preview('').leaves, ...maximumTotal.leaves].map((leaf) => ({
		...leaf,
		path: `options.${leaf.path}`,
	}));
	const check = async (options: object, rows: object[]) =>
		await nodeWith({ options: options as never }, rows as never).parameters.checkWholeRun(
			leaves,
			yielding,
		);

	test('is refused when it differs between items', async () => {
		const differs = check({ maximumTotal: '={{ $json.max }}' }, [
			{ max: 1 },
			{ max: 1 },
			{ max: 2 },
		]);
		await expect(differs).rejects.toThrow(InvalidInput);
		await expect(differs).rejects.toThrow(
			"Maximum Total: applies to the whole run, but is '1' for item 1 and '2' for item 3. Give it the same value for all items.",
		);
		await expect(check({ preview: '={{ $json.p }}' }, [{ p: true }, {}])).rejects.toThrow(
			/^Preview: /,
		);
	});

	test('is taken when it is the same for all', async () => {
		await check({ maximumTotal: '={{ $json.max }}', preview: true }, [{ max: 1 }, { max: '1' }]);
		await check({}, []);
	});
});

describe('advice', () => {
	test('says which optional field gave nothing for any item, each once', () => {
		const { parameters } = nodeWith({}, [{}, {}]);
		for (const index of [0, 1]) {
			const item = parameters.item(index);
			item.count('Name', true);
			item.count('Customer ID', index === 0);
			item.advise('Mind the gap');
		}
		expect(parameters.allAdvice()).toEqual([
			'Mind the gap',
			expect.stringMatching(
				/^Name: the expression gave nothing for any item\. Check the field name/,
			),
		]);
	});
});
