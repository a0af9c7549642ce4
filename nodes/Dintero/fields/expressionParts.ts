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
	const parts = templateParts(code);
	return parts.length > 0 ? parts : sumParts(code);
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
