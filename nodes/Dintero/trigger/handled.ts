import { createHash } from 'crypto';

/**
 * How long after its time a line may still appear in a delivery log, in milliseconds. Dintero tries five times at
 * undocumented intervals; a log with one line per event may write that line only after the last try.
 */
export const LATEST_LINE = 24 * 60 * 60_000;

/**
 * Failed deliveries that n8n has already accepted. Each entry is `time:hash`: Dintero's time in seconds (base 36) and
 * a hash of the delivery's ID or content. An entry stays as long as a log may still show its line, so there is no
 * limit on their number; older lines are never looked up.
 */
export class Handled {
	private entries: string[];
	private known: Set<string>;

	constructor(stored: readonly string[] = []) {
		this.entries = [...stored];
		this.known = hashesIn(stored);
	}

	has(identity: string): boolean {
		return this.known.has(hashOf(identity));
	}

	/**
	 * @param at the line's time in milliseconds; NaN means unknown, and the current time is used
	 * @returns the entries this added, in stored form
	 */
	add(identities: readonly string[], at: number): string[] {
		const { length } = this.entries;
		const time = Math.floor((Number.isNaN(at) ? Date.now() : at) / 1000).toString(36);
		for (const hash of new Set(identities.map(hashOf))) {
			if (this.known.has(hash)) continue;
			this.known.add(hash);
			this.entries.push(`${time}:${hash}`);
		}
		return this.entries.slice(length);
	}

	/** Drops entries older than `oldest`, in milliseconds. */
	prune(oldest: number): void {
		this.entries = this.entries.filter((entry) => parseInt(entry, 36) * 1000 >= oldest - 1000);
		this.known = hashesIn(this.entries);
	}

	/** The entries in stored form. */
	stored(): string[] {
		return [...this.entries];
	}
}

function hashesIn(stored: readonly string[]): Set<string> {
	return new Set(stored.map((entry) => entry.slice(entry.indexOf(':') + 1)));
}

/** 72 bits: among a million events, the chance of any collision is one in ten billion. */
function hashOf(identity: string): string {
	return createHash('sha1').update(identity).digest('base64url').slice(0, 12);
}
