export type Series = readonly number[];

export function median(series: Series): number {
	const sorted = series.toSorted((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The ratio of the medians. */
export const ratio = (one: Series, other: Series): number => median(one) / median(other);

/** The smallest and the largest value, converted from milliseconds to seconds. */
export function spread(series: Series): string {
	if (series.length < 2) return '(one run)';
	const inSeconds = (value: number) => (value / 1000).toFixed(2);
	return `[${inSeconds(Math.min(...series))}–${inSeconds(Math.max(...series))}]`;
}

/** The smallest value that this percentage of values does not exceed. */
export function percentile(series: Series, percent: number): number {
	const sorted = series.toSorted((a, b) => a - b);
	return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
}
