/** Short lines for the person at the terminal. */
let quiet = false;

/** Leaves out the progress lines, for tests. */
export function beQuiet(): void {
	quiet = true;
}

/**
 * Does one step of the work: says so, says every ten seconds that it goes on, and says how long it took.
 * @param work may `note` what came out of it
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
	const ticker = setInterval(() => say(`  still at it (${seconds()})`), 10_000);
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
