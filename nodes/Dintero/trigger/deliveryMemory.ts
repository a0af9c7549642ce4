import { sleep } from 'n8n-workflow';

/** Events remembered per trigger in one n8n process: more than a busy shop has in a day. */
const CAPACITY = 20_000;

export type Claim =
	/** Another request started the workflow with this event. */
	| 'taken'
	/** Another request is starting the workflow, and n8n has not confirmed it yet. */
	| 'pending'
	/** The caller owns the delivery. Call this with whether n8n accepted it. */
	| ((taken: boolean) => void);

interface Entry {
	identities: string[];
	state: 'pending' | 'taken' | 'failed';
	ended: Promise<void>;
}

/**
 * Deliveries that started the workflow in this n8n process. In memory only: n8n does not save changes that a webhook
 * makes to static data when it starts an execution. A restart clears it, and other processes have their own.
 */
export class DeliveryMemory {
	/** Keyed by trigger, so that a busy one doesn't evict another's entries; then by identity, oldest first. */
	private readonly owners = new Map<string, Map<string, Entry>>();

	/** @param capacity events, not identities, of one trigger */
	constructor(private readonly capacity = CAPACITY) {}

	/**
	 * Claims a delivery. If another request holds the same delivery, waits until that request ends, up to `patience`.
	 * If n8n failed to start the workflow for it, this request takes over.
	 * @param owner identifies the trigger
	 * @param patience in milliseconds
	 */
	async claim(owner: string, identities: string[], patience: number): Promise<Claim> {
		let timeout: Promise<void> | undefined;
		let timedOut = patience <= 0;
		for (;;) {
			const entries = this.entriesOf(owner);
			const earlier = identities.map((identity) => entries.get(identity)).find(Boolean);
			if (earlier === undefined) break;
			if (earlier.state === 'taken') return 'taken';
			if (timedOut) return 'pending';
			timeout ??= sleep(patience).then(() => void (timedOut = true));
			await Promise.race([earlier.ended, timeout]);
		}
		let resolveEnded = (): void => {};
		const ended = new Promise<void>((resolve) => (resolveEnded = resolve));
		const entry: Entry = { identities, state: 'pending', ended };
		const entries = this.entriesOf(owner);
		for (const identity of identities) entries.set(identity, entry);
		this.forgetOldest(entries);
		return (taken) => {
			entry.state = taken ? 'taken' : 'failed';
			if (!taken) this.drop(entries, entry);
			resolveEnded();
		};
	}

	clear(): void {
		this.owners.clear();
	}

	private entriesOf(owner: string): Map<string, Entry> {
		const entries = this.owners.get(owner) ?? new Map<string, Entry>();
		this.owners.set(owner, entries);
		return entries;
	}

	private forgetOldest(entries: Map<string, Entry>): void {
		// An event has one or two identities.
		for (const entry of entries.values()) {
			if (entries.size <= 2 * this.capacity) return;
			this.drop(entries, entry);
		}
	}

	private drop(entries: Map<string, Entry>, entry: Entry): void {
		for (const identity of entry.identities)
			if (entries.get(identity) === entry) entries.delete(identity);
	}
}

/** Shared by all trigger nodes of this process. */
export const deliveryMemory = new DeliveryMemory();
