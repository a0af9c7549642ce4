/** The live check as a function, and what it prints. */
import { VARIABLES, type LiveAccount } from './account.mts';
import { cancelSession } from './checkout.mts';
import { Round } from './round.mts';
import type { Findings } from './step.mts';
import { STEPS, emptyCard, removeSubscription } from './steps.mts';

/**
 * Plays a whole round and cleans up whatever happens.
 * @param interrupt when it fires, nothing more is asked and everything is cleaned up
 */
export async function playRound(
	account: LiveAccount,
	say: (line: string) => void = () => {},
	interrupt?: AbortSignal,
): Promise<{ report: string; round: Round; clean: boolean }> {
	const round = new Round(account, say);
	interrupt?.addEventListener('abort', () => round.interrupt(), { once: true });
	const found: Findings = { wallets: false, webhooks: false, checkout: false };
	const problems: string[] = [];
	for (const { does, needs, run } of STEPS) {
		if (needs !== undefined && !found[needs]) continue;
		say(`› ${does}`);
		try {
			await run(round, found);
		} catch (error) {
			problems.push(`${does} ${(error as Error).message}`);
			say(`  stopped: ${round.redact((error as Error).message)}`);
			if (interrupt?.aborted || round.requests === 1) break;
		}
	}
	await cleanUp(round, problems);
	const report = round.redact(reportOf(round, problems));
	return { report, round, clean: problems.length === 0 && round.leftBehind.length === 0 };
}

async function cleanUp(round: Round, problems: string[]): Promise<void> {
	round.cleaning = true;
	try {
		for (const id of round.subscriptions) await removeSubscription(round, id);
		for (const id of round.sessions) await cancelSession(round, id);
		// The last step has done it, unless something stopped the round.
		if (problems.length > 0) for (const id of round.cards) await emptyCard(round, id);
	} catch (error) {
		round.leftBehind.push(
			...[...round.subscriptions].map((id) => `subscription ${id}`),
			...[...round.sessions].map((id) => `payment session ${id}`),
			...[...round.cards].map((id) => `card ${id}`),
		);
		problems.push(`Cleaning up: ${(error as Error).message}`);
	}
}

function reportOf(round: Round, problems: string[]): string {
	const number = (question: string) => Number(question.slice(1));
	const answers = [...round.answers].sort(([one], [two]) => number(one) - number(two));
	const asked = [...new Set(STEPS.flatMap(({ asks }) => asks))].sort(
		(a, b) => number(a) - number(b),
	);
	const open = asked.filter((question) => !round.answers.has(question));
	const { accountId, baseUrl } = round.account;
	const lines = [
		`### ${new Date().toISOString().slice(0, 10)}, ${accountId}, ${baseUrl}`,
		'',
		...answers.map(([question, findings]) => `- **${question}** ${findings.join('; ')}`),
		'',
		`${round.requests} requests. ${open.length > 0 ? `Without an answer: ${open.join(', ')}.` : 'Every question was answered.'}`,
	];
	if (round.cards.size > 0)
		lines.push(`These cards stay in the account, without value: ${[...round.cards].join(', ')}.`);
	if (round.expiring.length > 0) lines.push(`Not emptied: ${round.expiring.join('; ')}.`);
	if (round.leftBehind.length > 0) lines.push(`**Left behind:** ${round.leftBehind.join('; ')}.`);
	if (problems.length > 0) lines.push(`**Stopped:** ${problems.join('; ')}`);
	return `${lines.join('\n')}\n`;
}

/** What would be done, for people who have not set the variables. */
export function plan(): string {
	const steps = STEPS.map(({ does, asks }, index) => `${index + 1}. ${does} (${asks.join(', ')})`);
	const variables = Object.entries(VARIABLES).map(([name, what]) => `  ${name.padEnd(22)} ${what}`);
	return [
		'Nothing was sent: the variables that name a Dintero test account are not set.',
		'',
		...variables,
		'',
		'With them, this would do the following, in about a minute and at most 200 requests.',
		'It makes four gift cards of at most 1 krone of test money and empties them again, removes every',
		'subscription it makes, and cancels every payment session it creates. Nothing is paid.',
		'The numbers are those of docs/dintero-unknowns.md.',
		'',
		...steps,
		'',
		'The report it prints names no PIN, no card token and no secret. Paste it at the end of that page.',
	].join('\n');
}
