import { InvalidInput, show } from './invalidInput';
import { isNothing, isNothingAsName, isWordForNothing, visibleText } from './nothing';

/**
 * Dintero's maximum length of references chosen by the caller (card ID, customer ID, originated by), in code points.
 */
const MAX_REFERENCE_LENGTH = 255;

/** A spreadsheet's error value in capitals: `#N/A`, `#I/T`, `#VERDI!`, `#BEZUG!`, `#DIVISION/0!`, `#¿NOMBRE?`. */
const SPREADSHEET_ERROR =
	/^#(?:[¡¿]?\p{Lu}[\p{Lu}\p{M}_/. ]*0?[!?]|\p{Lu}\/\p{Lu}|NV|YOK|HIÁNYZIK|PUUTTUU|NEDOSTUPNÝ|NENÍ_K_DISPOZICI)$/u;

/** The same in small letters, in English only, because a hashtag looks the same. */
const SPREADSHEET_ERROR_IN_ENGLISH =
	/^#(?:n\/a|(?:null|div\/0|value|ref|num|spill|calc|field|busy|blocked|connect|unknown|error)!|name\?)$/i;

/** A cell whose value is still being fetched: `#GETTING_DATA` in Excel's languages, `Loading...` in Google Sheets'. */
const NOT_YET_FETCHED =
	/^(?:#(?=\p{Lu}+_)[\p{Lu}_]*(?:DAT|DAD|DONN|GEGEVENS|TIETO|ДАНН)[\p{Lu}_]*|(?:loading|laster inn|läser in|indlæser|wird geladen|ladataan|chargement|cargando|caricamento|laden)\s?(?:\.{3}|…))$/iu;

/** Other errors: `########`, LibreOffice's `Err:502`, and what Visual Basic writes, `Error 2042`. */
const OTHER_ERROR =
	/^(?:#{3,}|(?:Err|Feil|Fel|Fejl|Fehler|Error|Virhe):\s?\d{3}|(?:Error|Feil|Fel|Fejl|Fehler) 20\d\d)$/i;

/** An error within a text: a reference such as `order-#N/A` was put together from a cell with an error. */
const ERROR_WITHIN =
	/(?:^|[^\p{L}\p{N}])#(?:N\/A|I\/T|DIV\/0!|(?:VALUE|REF|NUM|NULL|SPILL|CALC|VERDI|SAKNAS|WERT|BEZUG)!|NAME\?|NAVN\?)/u;

/**
 * A long number as programs shorten it: `2,02511E+16` in spreadsheets, `2.02511E16` in Java, `2,02511×10^16` in text.
 * `12E5` may be an ID.
 */
const SHORTENED_NUMBER =
	/^[+-]?\d+(?:[.,]\d+\s?E[+\-−]?\d+|\s?E[+\-−]\d+|(?:[.,]\d+)?\s?[×x*·]\s?10\s?(?:\^\s?[+\-−]?\d+|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))$/i;

/** The same within a text, such as `order-2,02511E+16`. */
const SHORTENED_WITHIN = /(?:^|[^\p{L}\p{N}])\d[.,]\d+E[+\-−]\d+$/iu;

/** What an expression without a result leaves in a text. */
const MISSING_VALUE =
	/(?:^|[^\p{L}\p{N}])(?:undefined|null|NaN|\[object \w+\]|\[Object: .*\]|Invalid DateTime|Invalid Date)(?![\p{L}\p{N}])/u;

/** The same in a text for people, in which `null` may be a word. */
const MISSING_IN_NAME =
	/(?:^|[^\p{L}\p{N}])(?:undefined|NaN|\[object \w+\]|\[Object: .*\]|Invalid DateTime|Invalid Date)(?![\p{L}\p{N}])/u;

/** An expression that is text: typed in a field set to *Fixed*, or left in the data. */
const UNEVALUATED = /\{\{[^{}]*\$[^{}]*\}\}/;

const CONTROL = /\p{Cc}/u;
/** Control characters other than tabs and line breaks. */
const UNPRINTABLE = /[^\P{Cc}\t\n\r]/u;
const HALF_CHARACTER = /\p{Cs}/u;

/**
 * Why a text is broken data: a spreadsheet's error, a shortened number, or half a character.
 * @returns a phrase without the text itself, or `undefined`
 */
export function dataProblem(text: string): string | undefined {
	if ([SPREADSHEET_ERROR, SPREADSHEET_ERROR_IN_ENGLISH, OTHER_ERROR].some((one) => one.test(text)))
		return 'is the error of a spreadsheet formula.';
	if (NOT_YET_FETCHED.test(text)) return 'is a cell that a spreadsheet had not finished fetching.';
	if (SHORTENED_NUMBER.test(text))
		return 'is a number that a spreadsheet has shortened (scientific notation).';
	if (ERROR_WITHIN.test(text)) return 'contains the error of a spreadsheet formula.';
	if (SHORTENED_WITHIN.test(text))
		return 'contains a number that a spreadsheet has shortened (scientific notation).';
	if (HALF_CHARACTER.test(text)) return 'is cut in the middle of a character.';
	return undefined;
}

/** Whether a text has an expression in it, such as `order-{{ $json.id }}`, that n8n did not evaluate. */
export const isUnevaluated = (text: unknown): boolean =>
	typeof text === 'string' && UNEVALUATED.test(text);

/** The same of a text for people, in which `null` may be a word; also when a missing value left its trace in it. */
export function wordingProblem(text: string): string | undefined {
	if (isUnevaluated(text)) return 'has an expression that n8n did not evaluate.';
	return (
		dataProblem(text) ?? (MISSING_IN_NAME.test(text) ? 'comes from a missing value.' : undefined)
	);
}

/** Whether an expression without a result left its trace in a text: `order-undefined`, `[object Object]`. */
export function isFromMissingValue(text: string): boolean {
	return MISSING_VALUE.test(text) || isWordForNothing(text);
}

/**
 * Whether one of several parts of a text, such as the ID in `order-{{ $json.id }}`, holds no value: nothing, a
 * program's word for nothing, or broken data. A dash may separate the others, and `NA` and a name may be one.
 */
export function isMissingPart(value: unknown): boolean {
	if (isNothing(value)) return true;
	if (typeof value !== 'string') return false;
	const seen = visibleText(value);
	return (/\p{L}{3}|\//u.test(seen) && isNothingAsName(seen)) || dataProblem(seen) !== undefined;
}

/**
 * Parses a reference chosen by the caller, of at most 255 characters (wallets API). Invisible characters are removed,
 * no-break spaces become plain ones and the text is normalized (NFC), so that one order number is always the same
 * reference. Numbers become text, because spreadsheets give order numbers as numbers.
 * @throws InvalidInput when it is missing or only looks like a reference
 */
export function parseReference(value: unknown, field: string): string {
	if (isNothing(value)) throw new InvalidInput(field, 'is empty.', 'Fill it in.');
	const text = plainText(value, field);
	const problem = CONTROL.test(text)
		? 'has a line break or another control character.'
		: isFromMissingValue(text)
			? 'comes from a missing value.'
			: undefined;
	if (problem !== undefined)
		throw new InvalidInput(
			field,
			`${show(text)} ${problem}`,
			'Check the data it comes from and fill in the missing value.',
		);
	return withinLimit(text, field);
}

/**
 * Parses the ID of a card, customer or subscription.
 * @throws InvalidInput when it is missing, or is `.` or `..`, which no URL can contain
 */
export function parseId(value: unknown, field: string): string {
	if (isNothing(value))
		throw new InvalidInput(field, 'is empty.', 'Choose one from the list or write its ID.');
	const id = parseReference(value, field);
	if (id === '.' || id === '..')
		throw new InvalidInput(
			field,
			`${show(id)} cannot be part of a web address.`,
			'Use another ID.',
		);
	return id;
}

/**
 * Parses text for people, such as a card's name: unchanged except for trimming and NFC, at most 255 characters.
 * @returns `undefined` for a placeholder such as `null` or `N/A`
 * @throws InvalidInput for a spreadsheet's error, a shortened number, half a character, or the trace of a missing value
 */
export function parseName(value: unknown, field: string): string | undefined {
	const text = textOf(value, field).trim().normalize('NFC');
	if (isNothing(text) || isNothingAsName(text)) return undefined;
	refuse(text, wordingProblem(visibleText(text)), field);
	if (UNPRINTABLE.test(text))
		throw new InvalidInput(
			field,
			`${show(text)} has a control character.`,
			'Check the data it comes from and correct the value.',
		);
	return withinLimit(text, field);
}

/**
 * Parses an optional reference, such as a customer ID.
 * @returns `undefined` for a placeholder such as `null` or `N/A`
 * @throws InvalidInput as `parseReference`
 */
export function parseOptionalReference(value: unknown, field: string): string | undefined {
	if (typeof value === 'string' && isWordForNothing(value)) return undefined;
	return parseReference(value, field);
}

function plainText(value: unknown, field: string): string {
	const text = textOf(value, field);
	const seen = visibleText(text);
	refuse(seen, dataProblem(seen), field);
	return seen;
}

function textOf(value: unknown, field: string): string {
	if (typeof value === 'string') return value;
	if (Number.isSafeInteger(value)) return digitsOf(value as number, field);
	throw new InvalidInput(field, `${show(value)} is not text.`, 'Use a text or a whole number.');
}

/** @throws InvalidInput for a number whose last digits a spreadsheet has replaced */
function digitsOf(value: number, field: string): string {
	const digits = String(value);
	if (digits.replace('-', '').length > 15 && digits.endsWith('0'))
		throw new InvalidInput(
			field,
			`${digits} arrived as a number of more than 15 digits, and spreadsheets replace the digits after the 15th with zeros.`,
			'Format the column as text and enter the value again.',
		);
	return digits;
}

function refuse(text: string, problem: string | undefined, field: string): void {
	if (problem !== undefined)
		throw new InvalidInput(
			field,
			`${show(text)} ${problem}`,
			'Correct the cell, and format its column as text.',
		);
}

function withinLimit(text: string, field: string): string {
	const length = Array.from(text).length;
	if (length > MAX_REFERENCE_LENGTH)
		throw new InvalidInput(
			field,
			`${show(text)} has ${length} characters.`,
			`Use at most ${MAX_REFERENCE_LENGTH}.`,
		);
	return text;
}
