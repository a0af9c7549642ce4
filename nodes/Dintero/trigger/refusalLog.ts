/** At most one line per node in this time, in milliseconds: a flood of forged deliveries must not fill the disk. */
const INTERVAL = 10_000;

/** Rate-limits the log of refused deliveries and counts those it leaves out. */
export class RefusalLog {
	private readonly nodes = new Map<string, { loggedAt: number; more: number }>();

	/** @param write called when a line is due, with the number of refusals left out since the last line */
	note(node: string, write: (more: number) => void, now = Date.now()): void {
		const entry = this.nodes.get(node);
		if (entry && now - entry.loggedAt < INTERVAL) {
			entry.more++;
			return;
		}
		this.nodes.set(node, { loggedAt: now, more: 0 });
		write(entry?.more ?? 0);
	}
}
