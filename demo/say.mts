/** Progress lines in the terminal. */
let quiet = false;

/** Turns the progress lines off, for tests. */
export function beQuiet(): void {
	quiet = true;
}

/**
 * Runs one step: prints its name, a line every ten seconds while it runs, and its duration.
 * @param work may add a result with `note`
 */
export async function step<T>(
	what: string,
	work: (note: (text: string) => void) => Promise<T>,
): Promise<T> {
	const started = Date.now();
	const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
	const say = (line: string) => quiet || console.log(line);
	let result = '';
	say(`› ${what}…`);
	const ticker = setInterval(() => say(`  still running (${seconds()})`), 10_000);
	try {
		return await work((text) => (result = `${text}, `));
	} catch (error) {
		result = 'failed, ';
		throw error;
	} finally {
		clearInterval(ticker);
		say(`  ${result}${seconds()}`);
	}
}
