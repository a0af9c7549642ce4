import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { closePage, formUrl, nextPage, submitForm } from '../../demo/forms.mts';
import { importExample, succeeded, type ExamplesEnvironment } from './environment.mts';

/** A day in Oslo, the time zone of n8n in these tests. */
const inDays = (days: number) =>
	new Date(Date.now() + days * 86_400_000).toLocaleDateString('sv-SE', { timeZone: 'Europe/Oslo' });

export function giftOnADay(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	const order = async (
		number: string,
		changes: Partial<Record<'amount' | 'day' | 'from', string>>,
	) => {
		const { amount = '500', day = inDays(0), from = 'Kari' } = changes;
		const email = `${number}@example.com`;
		const words = 'Gratulerer!\n{{ 6 * 7 }}';
		const values = [number, 'Åse', email, amount, 'NOK', from, words, day, undefined];
		const url = formUrl(environment().n8n.url, workflow, 'Order form');
		const waiting = await submitForm(url, values);
		const { text } = await nextPage(waiting);
		await closePage(waiting);
		return text;
	};
	const morning = async () => succeeded(await environment().client.run(workflow, 'Every morning'));
	const cards = () =>
		environment()
			.sandbox.books.cards()
			.filter(({ cardId }) => cardId.startsWith('gift-'));
	const emailsTo = (number: string) =>
		environment().mailbox.emails.filter(({ to }) => to.includes(`${number}@example.com`));

	before(async () => {
		const settings = { shopName: 'Kaffebaren' };
		const saved = await importExample(environment(), 'gift-on-a-day', { settings });
		await environment().client.publish(saved);
		workflow = await environment().client.workflow(saved.id);
	});
	after(async () => await environment().client.unpublish(workflow));

	it('takes an order, and refuses what can’t become a card on that day', async () => {
		assert.match(await order('d1', {}), /It waits for .* 500\.00 NOK to d1@example\.com/);
		assert.match(
			await order('d1', { amount: '600' }),
			/There is an order with this number already/,
		);
		assert.match(await order('d2', { amount: 'fem hundre' }), /Not ordered Amount: 'fem hundre'/);
		assert.match(await order('d2', { day: inDays(-1) }), /That day has passed/);
		assert.match(await order('later', { day: inDays(1) }), /It waits for/);
		assert.deepEqual(cards(), []);
	});

	it('sends it on its morning, with who it is from and their words', async () => {
		await morning();
		const [email, ...more] = emailsTo('d1');
		assert.equal(more.length, 0);
		assert.equal(email.subject, 'Kari har gitt deg et gavekort fra Kaffebaren');
		assert.match(email.text, /“Gratulerer!\s+\{\{ 6 \* 7 \}\}”/);
		assert.doesNotMatch(email.html, /\b42\b/);
		const [, number] = /Kortnummer: ([\d ]{19})/.exec(email.text) ?? [];
		const [, pin] = /PIN: (\d{4})/.exec(email.text) ?? [];
		assert.equal(environment().sandbox.books.opens(number.replaceAll(' ', ''), pin), 'gift-d1');
		assert.deepEqual(
			cards().map(({ cardId, amount }) => [cardId, amount]),
			[['gift-d1', 50_000]],
		);
	});

	it('sends it once, also when two mornings come at the same moment', async () => {
		await order('d3', {});
		await order('d4', { from: '' });
		await Promise.all([morning(), morning(), morning()]);
		await morning();
		for (const number of ['d1', 'd3', 'd4']) assert.equal(emailsTo(number).length, 1, number);
		assert.equal(emailsTo('later').length, 0);
		assert.equal(emailsTo('d4')[0].subject, 'Gavekortet ditt fra Kaffebaren');
		assert.equal(cards().length, 3);
	});

	it('tells the shop of an e-mail that was not taken, and tries again the next morning', async () => {
		const { mailbox, slack, sandbox } = environment();
		await order('d5', {});
		await order('d6', {});
		const before = slack.messages.length;
		mailbox.refusing = true;
		await morning().finally(() => (mailbox.refusing = false));
		const told = slack.messages.slice(before).map(({ text }) => text);
		assert.equal(told.length, 2);
		assert.match(
			told[0],
			/^The gift card of order d5 did not reach d5@example\.com .*no such mailbox/,
		);
		await morning();
		const text = emailsTo('d5')[0].text;
		const [, number] = /Kortnummer: ([\d ]{19})/.exec(text) ?? [];
		assert.equal(
			sandbox.books.opens(number.replaceAll(' ', ''), /PIN: (\d{4})/.exec(text)?.[1]),
			'gift-d5',
		);
		assert.deepEqual([emailsTo('d5').length, emailsTo('d6').length, cards().length], [1, 1, 5]);
	});

	it('tells the shop when Dintero is away, and goes on when it is back', async () => {
		const { sandbox, slack } = environment();
		await order('d7', {});
		const before = slack.messages.length;
		await sandbox.down('503');
		await morning().finally(async () => await sandbox.up());
		assert.match(slack.messages.slice(before)[0]?.text ?? '', /order d7 did not reach/);
		await morning();
		assert.equal(emailsTo('d7').length, 1);
		assert.equal(cards().filter(({ cardId }) => cardId === 'gift-d7').length, 1);
	});
}
