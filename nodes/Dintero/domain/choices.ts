import { InvalidInput, show } from './invalidInput';
import { visibleText } from './nothing';

/** One option of a list: the stored value and the label a person sees. */
export interface Choice<Value extends string = string> {
	name: string;
	value: Value;
}

/**
 * Matches one of a list's values or labels, ignoring case.
 * @throws InvalidInput for anything else, listing the values
 */
export function parseChoice<Value extends string>(
	value: unknown,
	field: string,
	choices: ReadonlyArray<Choice<Value>>,
): Value {
	if (typeof value === 'string') {
		const exact = choices.find((choice) => choice.value === value);
		if (exact) return exact.value;
		const wanted = folded(value);
		const found =
			choices.find((choice) => folded(choice.value) === wanted) ??
			choices.find((choice) => folded(choice.name) === wanted);
		if (found) return found.value;
	}
	const known = choices.map((choice) => choice.value);
	const shown = known.length > 12 ? [...known.slice(0, 12), '…'] : known;
	throw new InvalidInput(
		field,
		`${show(value)} is not one of its choices.`,
		`Use one of: ${shown.join(', ')}.`,
	);
}

const folded = (text: string): string => visibleText(text).toLowerCase();
