/** Generated sections of documents: between `<!-- NAME:start -->` and `<!-- NAME:end -->`. */

function bounds(text: string, name: string): [from: number, to: number] | undefined {
	const start = `<!-- ${name}:start -->`;
	const from = text.indexOf(start);
	const to = text.indexOf(`<!-- ${name}:end -->`);
	return from < 0 || to < from ? undefined : [from + start.length, to];
}

/** @returns what is between the markers; `undefined` when there are none */
export function readSection(text: string, name: string): string | undefined {
	const found = bounds(text, name);
	return found && text.slice(...found).trim();
}

/**
 * @returns the text with this content between the markers
 * @throws {Error} when there are none
 */
export function withSection(text: string, name: string, content: string): string {
	const found = bounds(text, name);
	if (!found) throw new Error(`There is no section "${name}" to write to`);
	const [from, to] = found;
	return `${text.slice(0, from)}\n\n${content}\n\n${text.slice(to)}`;
}
