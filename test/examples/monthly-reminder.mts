import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { importExample, succeeded, type ExamplesEnvironment } from './environment.mts';

const inDays = (days: number) =>
	new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

export function monthlyReminder(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	const run = async () =>
		succeeded(await environment().client.run(workflow, 'First of each month'));

	before(async () => {
		workflow = await importExample(environment(), 'monthly-reminder', {
			settings: { shopName: 'Kaffebaren', language: 'en' },
		});
		const { sandbox } = environment();
		const metadata = (name: string) => JSON.stringify({ email: `${name}@example.com` });
		await environment().issue(
			{ cardId: 'REM-soon', amount: 500, expiresAt: inDays(20), metadata: metadata('soon') },
			{ cardId: 'REM-later', amount: 500, expiresAt: inDays(200), metadata: metadata('later') },
			{ cardId: 'REM-empty', amount: 50, expiresAt: inDays(20), metadata: metadata('empty') },
			{ cardId: 'REM-nobody', amount: 70, expiresAt: inDays(20) },
		);
		for (const [cardId, amount] of [
			['REM-soon', 15_000],
			['REM-empty', 5000],
		] as const) {
			const card = sandbox.books.card(cardId);
			await sandbox.pay({ token: card?.tokens[0] ?? '', pin: card?.pin ?? undefined, amount });
		}
	});

	it('reminds who has money left on a card that expires soon, and tells the shop', async () => {
		const { mailbox, slack, sandbox } = environment();
		const [emails, messages] = [mailbox.emails.length, slack.messages.length];
		await run();
		const [email, ...more] = mailbox.emails.slice(emails);
		assert.equal(more.length, 0);
		assert.deepEqual(email.to, ['soon@example.com']);
		assert.match(email.subject, /^You still have NOK\s350 on your gift card from Kaffebaren$/);
		const until = new Date(`${inDays(20)}T12:00:00Z`);
		const day = until.toLocaleDateString('en-GB', {
			day: 'numeric',
			month: 'long',
			year: 'numeric',
		});
		assert.ok(email.text.includes(`Valid until: ${day}`), email.text);
		assert.doesNotMatch(email.text, /Card number:|PIN:/);
		const told = slack.messages.slice(messages).map(({ text }) => text);
		assert.equal(told.length, 2);
		const left = (sandbox.books.totals('NOK').balance / 100).toFixed(2);
		assert.ok(
			told.some((text) => text.startsWith(`${left} NOK is left on `)),
			told.join('\n'),
		);
		assert.ok(told.some((text) => text.includes('420.00 NOK on 2 of them expires within 45 days')));
		assert.ok(told.some((text) => text.includes('gift card REM-nobody: it has no e-mail address')));
	});

	it('reminds of each card once', async () => {
		const { mailbox, slack } = environment();
		const [emails, messages] = [mailbox.emails.length, slack.messages.length];
		await run();
		assert.equal(mailbox.emails.length, emails);
		assert.equal(slack.messages.length, messages + 1); // the sum alone
	});

	it('tells who was not reached when an e-mail fails', async () => {
		const { mailbox, slack } = environment();
		const metadata = JSON.stringify({ email: 'gone@example.com' });
		await environment().issue({ cardId: 'REM-gone', amount: 90, expiresAt: inDays(10), metadata });
		const messages = slack.messages.length;
		mailbox.refusing = true;
		await run().finally(() => (mailbox.refusing = false));
		const told = slack.messages.slice(messages).map(({ text }) => text);
		assert.ok(
			told.some((text) => text.startsWith('No reminder was sent about gift card REM-gone: ')),
		);
	});

	it('reaches customers whatever becomes of the messages to the shop', async () => {
		const { mailbox } = environment();
		const unreachable = await importExample(environment(), 'monthly-reminder', {
			settings: { shopName: 'Kaffebaren', language: 'en' },
			slackUrl: 'http://127.0.0.1:9/nobody',
		});
		for (const email of ['late1@example.com', 'late2@example.com']) {
			const metadata = JSON.stringify({ email });
			await environment().issue({
				cardId: `REM-${email}`,
				amount: 90,
				expiresAt: inDays(10),
				metadata,
			});
		}
		await environment().issue({ cardId: 'REM-nobody-2', amount: 70, expiresAt: inDays(20) });
		const before = mailbox.emails.length;
		succeeded(await environment().client.run(unreachable, 'First of each month'));
		assert.deepEqual(
			mailbox.emails
				.slice(before)
				.map(({ to }) => to[0])
				.sort(),
			['late1@example.com', 'late2@example.com'],
		);
	});
}
