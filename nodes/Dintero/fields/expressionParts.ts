/**
 * The code of each part of an expression that puts a text together from several, such as `order-{{ $json.id }}`,
 * {{ `order-${$json.id}` }} or `{{ "order-" + $json.id }}`; none for `{{ $json.id }}` alone. Used to find out whether a
 * part gives nothing.
 * @param expression as n8n stores it, with the leading `=`
 */
export function partsOf(expression: string): string[] {
	const { blocks, words } = split(expression.slice(1));
	if (blocks.length === 1 && words === '') return partsWithin(blocks[0]);
	return blocks.flatMap((code) => {
		const parts = partsWithin(code);
		return parts.length > 0 ? parts : [code];
	});
}

/**
 * Splits as n8n does (`@n8n/tournament`): the next `{{` opens and the next `}}` closes, unless an odd number of
 * backslashes precedes it; the search continues after each of them.
 * @returns the code inside each `{{ }}`, and the text outside
 */
function split(text: string): { blocks: string[]; words: string } {
	const blocks: string[] = [];
	let words = '';
	let part = '';
	let inCode = false;
	for (let from = 0; from < text.length;) {
		const at = text.indexOf(inCode ? '}}' : '{{', from);
		const before = text.slice(from, at < 0 ? undefined : at);
		part += before;
		if (at < 0) break;
		from = at + 2;
		if ((/\\*$/.exec(before)?.[0].length ?? 0) % 2 === 1) {
			part += text.slice(at, from);
			continue;
		}
		if (inCode) blocks.push(part.replace('\\}}', '}}'));
		else words += part;
		part = '';
		inCode = !inCode;
	}
	return { blocks, words: words + part };
}

function partsWithin(code: string): string[] {
	const parts = [templateParts(code), sumParts(code)].find(({ length }) => length > 0);
	return parts ?? pathsIn(code);
}

/** Data that an expression takes: `$json.id`, `$("Form").item.json["No."]`. The name of a method is not part of it. */
const DATA =
	/\$(?:json|\([^)]*\)\.(?:item|first\(\))\.json)(?:\??\.[\p{L}\p{N}_]+(?![\p{L}\p{N}_]|\s*\()|\[[^\]]*\])+/gu;
/** What may give a missing value a meaning: a condition, a comparison, arithmetic, a filter or JSON. */
const MAY_BE_EMPTY = /[?|&<>=!*/%-]|toFixed|filter|compact|find|Boolean|JSON|if/i;

/**
 * The data that goes into a text in another way, such as `["order", $json.id].join("-")`,
 * `"order-".concat($json.id)` or `$json.id.padStart(5, "0")`. None where the expression may be meant to do without it.
 */
function pathsIn(code: string): string[] {
	const rest = code
		.replace(DATA, '')
		// The words of texts and of template literals.
		.replace(/[`}][^`$]*(?=[`$])|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '');
	if (rest.trim() === '' || MAY_BE_EMPTY.test(rest)) return [];
	// A list or an object is what a method such as `join` works on, even an empty one.
	return (code.match(DATA) ?? []).map((path) => `Object(${path}) === ${path} || ${path}`);
}

/** The code inside each `${ }` of a template literal. */
function templateParts(code: string): string[] {
	const [, template = ''] = /^\s*`([^`\\]*)`\s*$/.exec(code) ?? [];
	const part = /\$\{([^{}]*)\}/g;
	const parts = Array.from(template.matchAll(part), ([, inner]) => inner);
	return parts.length > 1 || template.replace(part, '') !== '' ? parts : [];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`\\$]*`|\?\.|[\s\S]/g;
const LITERAL = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`\\$]*`)$/;

/**
 * The operands of a sum of texts, without its literals. None where another operator could change what the sum means,
 * and where a template literal with code in it or a regular expression would need a real parser.
 */
function sumParts(code: string): string[] {
	const operands = [''];
	let depth = 0;
	for (const [token] of code.matchAll(TOKEN)) {
		if (/[`/]/.test(token) && token.length === 1) return [];
		if (/^[([{]$/.test(token)) depth++;
		if (/^[)\]}]$/.test(token)) depth--;
		if (depth === 0 && /^[?:<>=&|,;*%^~!-]$/.test(token)) return [];
		if (depth === 0 && token === '+') operands.push('');
		else operands[operands.length - 1] += token;
	}
	const trimmed = operands.map((operand) => operand.trim());
	const isSum = depth === 0 && trimmed.length > 1 && !trimmed.includes('');
	if (!isSum || !trimmed.some((operand) => LITERAL.test(operand))) return [];
	return trimmed.filter((operand) => !LITERAL.test(operand));
}
