/**
 * A value that a person typed or an expression produced and that can't be used. Thrown only before anything is sent.
 */
export class InvalidInput extends Error {
	/**
	 * @param field the parameter's display name, for example `Amount`
	 * @param problem what is wrong, in one sentence that quotes the value
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

/**
 * Formats a value for a message: quoted, on one line, at most 60 characters. Never call it with a PIN or a card
 * token.
 */
export function show(value: unknown): string {
	let text: string | undefined;
	try {
		text = typeof value === 'string' ? value : JSON.stringify(value);
	} catch {
		// A circular object can't be serialized; `String` is used below.
	}
	const line = (text ?? String(value)).replace(/\s+/g, ' ');
	const characters = Array.from(line, (letter) => (/\p{Cs}/u.test(letter) ? '\ufffd' : letter));
	return `'${characters.length > 60 ? `${characters.slice(0, 57).join('')}…` : characters.join('')}'`;
}
