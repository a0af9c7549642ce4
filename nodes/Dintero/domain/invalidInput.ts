/** A value a person typed (or an expression produced) that cannot be used. Nothing has been sent when it is raised. */
export class InvalidInput extends Error {
	/**
	 * @param field the parameter's display name, for example `Amount`
	 * @param problem what is wrong, in one sentence that shows the offending value
	 * @param wayOut what to do about it, in one sentence
	 */
	constructor(
		readonly field: string,
		readonly problem: string,
		readonly wayOut: string,
	) {
		super(`${field}: ${problem} ${wayOut}`);
		this.name = 'InvalidInput';
	}
}

/** Shows a value in a message: quoted, one line, at most 60 characters. Never call it with a PIN or a token. */
export function show(value: unknown): string {
	let text: string | undefined;
	try {
		text = typeof value === 'string' ? value : JSON.stringify(value);
	} catch {
		// A circular object has no text of its own.
	}
	const line = (text ?? String(value)).replace(/\s+/g, ' ');
	return `'${line.length > 60 ? `${line.slice(0, 57)}…` : line}'`;
}
