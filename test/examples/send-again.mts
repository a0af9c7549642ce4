import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import {
	answerPage,
	closePage,
	formUrl,
	nextPage,
	submitForm,
	type Page,
} from '../../demo/forms.mts';
import { importExample, type ExamplesEnvironment } from './environment.mts';

export function sendAgain(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	const look = async (...values: Array<string | undefined>): Promise<Page> =>
		await nextPage(
			await submitForm(formUrl(environment().n8n.url, workflow, 'Support form'), values),
		);
	const answer = async ({ url }: Page, words: string): Promise<string> => {
		await answerPage(url, [undefined, JSON.stringify([words])]);
		const { text } = await nextPage(url);
		await closePage(url);
		return text;
	};
	const card = (cardId: string) => environment().sandbox.books.card(cardId);

	before(async () => {
		const metadata = JSON.stringify({ email: 'old@example.com', name: 'Åse', language: 'en' });
		const expiresAt = '2027-12-24';
		await environment().issue(
			{ cardId: 'AGAIN-1', amount: 500, expiresAt, metadata },
			{ cardId: 'AGAIN-2', amount: 100, expiresAt },
			{ cardId: 'AGAIN-3', amount: 100, metadata },
			{ cardId: 'AGAIN-4', amount: 200, metadata },
		);
		const { tokens = [], pin } = card('AGAIN-3') ?? {};
		await environment().sandbox.pay({ token: tokens[0], pin: pin ?? '', amount: 10_000 });
		const settings = { shopName: 'Kaffebaren' };
		const saved = await importExample(environment(), 'send-again', { settings });
		await environment().client.publish(saved);
		workflow = await environment().client.workflow(saved.id);
	});
	after(async () => await environment().client.unpublish(workflow));

	it('shows the card and does nothing without a yes', async () => {
		const before = card('AGAIN-1');
		const page = await look('AGAIN-1', undefined, undefined);
		assert.match(page.text, /AGAIN-1 : 500\.00 NOK left, valid until 2027-12-24/);
		assert.match(
			page.text,
			/It was sent to: old@example\.com It will be sent to: old@example\.com/,
		);
		assert.match(await answer(page, 'No'), /Nothing was done You answered no/);
		assert.deepEqual(card('AGAIN-1'), before);
	});

	it('sends it with new codes, to another address', async () => {
		const { mailbox, sandbox } = environment();
		const old = card('AGAIN-1');
		const { tokens = [], pin } = old ?? {};
		await sandbox.pay({ token: tokens[0], pin: pin ?? '', amount: 15_050 });
		const page = await look('AGAIN-1', 'new@example.com', undefined);
		assert.match(page.text, /349\.50 NOK left.*It will be sent to: new@example\.com/);
		assert.match(await answer(page, 'Yes, send it'), /AGAIN-1 was sent to new@example\.com/);
		const email = mailbox.emails.at(-1);
		assert.deepEqual(email?.to, ['new@example.com']);
		assert.equal(email.subject, 'New codes for your gift card from Kaffebaren');
		assert.match(email.text, /^Hi Åse,/);
		assert.match(email.text, /Gift card: NOK\s349\.50\r?\n/);
		const [, number] = /Card number: ([\d ]{19})/.exec(email.text) ?? [];
		const [, newPin] = /PIN: (\d{4})/.exec(email.text) ?? [];
		assert.equal(sandbox.books.opens(number.replaceAll(' ', ''), newPin), 'AGAIN-1');
		assert.notEqual(newPin, old?.pin);
		assert.equal(email.files[0].contentId, 'cardTokenBarcode');
	});

	it('makes no new codes when that is of no use', async () => {
		for (const [values, reason] of [
			[['AGAIN-2'], /Nobody knows where it was sent to/],
			[['AGAIN-3'], /There is nothing left on the card/],
			[['AGAIN-none'], /Nothing was done .*Check the ID|Nothing was done .*not (found|know)/],
		] as const) {
			const page = await look(...values, undefined, undefined);
			assert.match(page.text, reason);
			assert.ok(page.ending);
			await closePage(page.url);
		}
		assert.equal(card('AGAIN-2')?.tokens.length, 1);
		assert.equal(card('AGAIN-3')?.tokens.length, 1);
	});

	it('moves the balance of a lost card to a new one, and sends that', async () => {
		const { mailbox, sandbox } = environment();
		const page = await look('AGAIN-4', undefined, undefined, 'The card was lost or stolen');
		assert.match(page.text, /200\.00 NOK left.*Yes moves the balance to a new card at once/);
		assert.match(
			await answer(page, 'Yes, send it'),
			/AGAIN-4-replacement was sent to old@example\.com/,
		);
		const email = mailbox.emails.at(-1);
		assert.match(email?.text ?? '', /Gift card: NOK\s200\r?\n/);
		const [, number] = /Card number: ([\d ]{19})/.exec(email?.text ?? '') ?? [];
		const [, pin] = /PIN: (\d{4})/.exec(email?.text ?? '') ?? [];
		assert.equal(sandbox.books.opens(number.replaceAll(' ', ''), pin), 'AGAIN-4-replacement');
		assert.equal(card('AGAIN-4')?.balance, 0);
		const again = await look('AGAIN-4', undefined, undefined, 'The card was lost or stolen');
		assert.match(
			await answer(again, 'Yes, send it'),
			/was already replaced by .*AGAIN-4-replacement/,
		);
	});

	it('says that the e-mail was not taken, and works the next time', async () => {
		const { mailbox } = environment();
		mailbox.refusing = true;
		const page = await look('AGAIN-2', 'two@example.com', undefined);
		const text = await answer(page, 'Yes, send it').finally(() => (mailbox.refusing = false));
		assert.match(text, /New codes, but the e-mail was not taken .*no such mailbox/);
		const again = await look('AGAIN-2', 'two@example.com', undefined);
		assert.match(await answer(again, 'Yes, send it'), /was sent to two@example\.com/);
	});
}
