/**
 * A monotonic clock in milliseconds, for durations. The system time may be set back during a run (by an hour, when
 * the machine's clock was wrong), and a wait measured with it would then take that hour longer.
 */
export const monotonic = (): number => performance.now();

/** `Date` headers have a resolution of one second. */
const SECOND = 1000;

/** A time given without a zone would be read in n8n's own, and be hours off. So it counts as unknown. */
const WITHOUT_ZONE = /T[\d:.,]*$/i;

/** In milliseconds since 1970; NaN when unknown. */
const timeOf = (moment: unknown): number =>
	typeof moment === 'string' && !WITHOUT_ZONE.test(moment) ? Date.parse(moment) : Number.NaN;

/**
 * Dintero's clock, from the `Date` header of its answers. Whether Dintero created something before or after a request
 * of ours is decided by this clock alone: n8n's clock may be minutes off.
 */
export class DinteroClock {
	/** Dintero's time lies between these two offsets added to `monotonic()`. */
	private earliest?: number;
	private latest?: number;

	/**
	 * @param date the `Date` header of an answer; ignored when it is not a date
	 * @param sent when the request was sent, by `monotonic()`
	 * @param received when its answer arrived, by `monotonic()`
	 */
	observe(date: unknown, sent: number, received: number): void {
		const time = typeof date === 'string' ? Date.parse(date) : Number.NaN;
		if (Number.isNaN(time)) return;
		this.earliest = time - received;
		this.latest = time + SECOND - sent;
	}

	/**
	 * Whether something may have been created between two moments.
	 * @param made Dintero's timestamp of it, for example `created_at`; without a fraction it means a whole second
	 * @param from by `monotonic()`
	 * @param to by `monotonic()`
	 * @returns false also when Dintero's time is unknown
	 */
	mayBeBetween(made: unknown, from: number, to: number): boolean {
		const time = timeOf(made);
		if (Number.isNaN(time) || this.earliest === undefined || this.latest === undefined)
			return false;
		const wholeSecond = !/:\d\d\.\d/.test(String(made));
		return time + (wholeSecond ? SECOND : 0) >= from + this.earliest && time <= to + this.latest;
	}

	/**
	 * Whether something was certainly created after a moment.
	 * @param made Dintero's timestamp
	 * @param moment by `monotonic()`
	 * @returns false when unknown
	 */
	isAfter(made: unknown, moment: number): boolean {
		const time = timeOf(made);
		return this.latest !== undefined && time >= moment + this.latest;
	}

	/**
	 * Whether something was certainly created before a moment.
	 * @param made Dintero's timestamp
	 * @param moment by `monotonic()`
	 * @returns false when unknown
	 */
	isBefore(made: unknown, moment: number): boolean {
		const time = timeOf(made);
		return this.earliest !== undefined && time + SECOND < moment + this.earliest;
	}

	/**
	 * Whether a time given by Dintero has certainly passed.
	 * @returns false when unknown
	 */
	hasPassed(moment: unknown): boolean {
		return this.isBefore(moment, monotonic());
	}

	/**
	 * Whether a time given by Dintero is certainly in the future.
	 * @returns false when unknown
	 */
	isToCome(moment: unknown): boolean {
		return this.isAfter(moment, monotonic());
	}
}
