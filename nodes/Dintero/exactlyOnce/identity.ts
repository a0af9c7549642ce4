import { hash, randomBytes } from 'crypto';

/**
 * Where the identity of an item comes from:
 * `given` by the user (a Card ID, a Reference);
 * `derived` from this execution, because the user gave none;
 * `continued` from another execution, which the user named in *Resume Execution ID*;
 * `none`: the call has no execution (a tool of n8n's MCP Server Trigger), so it looks the same as the next call.
 */
export type Identity =
	| { kind: 'given'; id: string }
	| { kind: 'derived'; execution: string }
	| { kind: 'continued'; execution: string }
	| { kind: 'none' };

/** The node an identity belongs to. The name is included because two nodes can share an ID in a handwritten workflow. */
export interface Place {
	instance: string;
	workflow: string;
	node: string;
	nodeName: string;
}

/** Identifies one item of one run of a node. */
export interface ItemKey {
	execution: string;
	/** Which run of the node within the execution, from 0: a loop makes several. */
	runIndex: number;
	/** From 0. */
	itemIndex: number;
	/** Made once per run and kept in the node's context, so that every retry of the run has the same. */
	random: string;
}

/** Crockford's base 32: no letters that look like digits; safe in file names, URLs and barcodes. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const RANDOM_LENGTH = 8;
const CHECK_LENGTH = 8;
const LETTERS = '[0-9a-hjkmnp-tv-z]';
/** Dintero allows 255 characters; short references fit on a receipt. */
const LONGEST_REFERENCE = 64;
const LONGEST_EXECUTION = 24;

/** The first characters of a hash, in the alphabet above. */
export function fingerprint(parts: ReadonlyArray<string | number>, length: number): string {
	return lettersOf(hash('sha256', JSON.stringify(parts), 'buffer'), length);
}

/** 40 random bits by default. */
export const newRandom = (length = RANDOM_LENGTH): string => lettersOf(randomBytes(length), length);

function lettersOf(bytes: Uint8Array, length: number): string {
	let letters = '';
	for (const byte of bytes.subarray(0, length)) letters += ALPHABET[byte % 32];
	return letters;
}

/** A checksum that shows that a key was made by this node, without stored state. */
function checkOf(place: Place, { execution, runIndex, itemIndex, random }: ItemKey): string {
	const { instance, workflow, node, nodeName } = place;
	return fingerprint(
		[instance, workflow, node, nodeName, execution, runIndex, itemIndex, random],
		CHECK_LENGTH,
	);
}

/** The execution as written in an ID. n8n's are numbers; anything unusual is hashed. */
const shown = (execution: string): string =>
	/^[A-Za-z0-9]+$/.test(execution) && execution.length <= LONGEST_EXECUTION
		? execution
		: fingerprint([execution], 12);

/** For example `n8n-900-5-k3v9x2m4qzra71bd`: execution, item, random part and check part. */
export function derivedId(place: Place, key: ItemKey): string {
	return `n8n-${shown(key.execution)}-${key.itemIndex + 1}-${key.random}${checkOf(place, key)}`;
}

/** For example `n8n-900-5-k3v9x2m4qzra71bd-0c4e`: a derived ID and a hash of the step it is for. */
export function derivedReference(place: Place, key: ItemKey, step: string): string {
	return `${derivedId(place, key)}-${fingerprint([step], 4)}`.slice(0, LONGEST_REFERENCE);
}

/**
 * Reads a derived ID or reference back.
 * @param runIndices the runs to check it against
 * @returns `undefined` unless it was made by this node in this execution
 */
export function readDerived(
	place: Place,
	execution: string,
	id: unknown,
	runIndices: Iterable<number>,
): ItemKey | undefined {
	if (typeof id !== 'string' || !id.startsWith(`n8n-${shown(execution)}-`)) return undefined;
	const found = DERIVED.exec(id);
	if (!found) return undefined;
	const [, item, random, check] = found;
	for (const runIndex of runIndices) {
		const key = { execution, runIndex, itemIndex: Number(item) - 1, random };
		if (checkOf(place, key) === check) return key;
	}
	return undefined;
}

const DERIVED = new RegExp(
	`^n8n-[^-]+-(\\d+)-(${LETTERS}{${RANDOM_LENGTH}})(${LETTERS}{${CHECK_LENGTH}})(?:-${LETTERS}{4}(?: refund ${LETTERS}{12})?)?$`,
);

/** The mark: text written on a record at Dintero, readable for people and for this node. */
export function markOf(place: Place, key: ItemKey): string {
	const { execution, itemIndex, runIndex, random } = key;
	return `n8n execution ${execution}, item ${itemIndex + 1}, run ${runIndex + 1} [${random}.${checkOf(place, key)}]`;
}

const MARK = new RegExp(
	`^n8n execution (.+), item (\\d+), run (\\d+) \\[(${LETTERS}{${RANDOM_LENGTH}})\\.(${LETTERS}{${CHECK_LENGTH}})\\]$`,
);

/** Reads a mark back. @returns `undefined` unless this node wrote it in this execution */
export function readMark(place: Place, execution: string, text: unknown): ItemKey | undefined {
	const found = typeof text === 'string' ? MARK.exec(text) : null;
	if (!found || found[1] !== execution) return undefined;
	const [, , item, run, random, check] = found;
	const key = { execution, itemIndex: Number(item) - 1, runIndex: Number(run) - 1, random };
	return checkOf(place, key) === check ? key : undefined;
}
