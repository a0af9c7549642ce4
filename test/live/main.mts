/** `npm run check -- live`: asks a real Dintero test account what Dintero's documentation leaves open. */
import { readAccount } from './account.mts';
import { plan, playRound } from './live.mts';

try {
	const account = readAccount(process.env);
	if (account === undefined) console.log(plan());
	else {
		const interrupt = new AbortController();
		process.once('SIGINT', () => interrupt.abort());
		const say = (line: string) => console.error(line);
		const { report, clean } = await playRound(account, say, interrupt.signal);
		console.log(`\n${report}`);
		process.exitCode = clean ? 0 : 1;
	}
} catch (error) {
	console.error(`✗ ${(error as Error).message}`);
	process.exitCode = 1;
}
