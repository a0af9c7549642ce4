import { InvalidInput, show } from './invalidInput';
import { visibleText } from './nothing';

/** `900`, `#900` and `ID#900`, as n8n shows an execution. */
const NUMBER = /^(?:(?:id\s*)?#\s*)?([1-9]\d{0,15})$/i;
/** The URL of an execution's page. */
const ADDRESS = /^\S*\/executions\/(?:debug\/)?([1-9]\d{0,15})(?:[/?#]\S*)?$/i;

/**
 * Parses an execution ID as n8n shows it: above the execution (`ID#900`), in the list, or in the URL.
 * @throws InvalidInput for anything else
 */
export function parseExecutionId(value: unknown, field: string): string {
	const text =
		typeof value === 'number' || typeof value === 'string' ? visibleText(String(value)) : '';
	const match = NUMBER.exec(text) ?? ADDRESS.exec(text);
	if (match) return match[1];
	throw new InvalidInput(
		field,
		`${show(value)} is not the ID of an execution.`,
		'Copy the number that n8n shows above the execution, such as 900.',
	);
}
