import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { importExample, until, type ExamplesEnvironment } from './environment.mts';

const authorization = `Basic ${Buffer.from('till:Kasse-2026').toString('base64')}`;

export function refundToCard(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	let address: string;

	/** Fills the form in and sends it, as the browser does. @returns the text of the last page */
	const send = async (order: string, number: number, amount: string, customer: string) => {
		const form = new FormData();
		[order, String(number), amount, customer, `${customer}@example.com`].forEach((value, index) =>
			form.append(`field-${index}`, value),
		);
		const sent = await fetch(address, {
			method: 'POST',
			body: form,
			headers: { authorization },
			signal: AbortSignal.timeout(20_000),
		});
		assert.equal(sent.status, 200);
		const { formWaitingUrl } = (await sent.json()) as { formWaitingUrl?: string };
		assert.ok(formWaitingUrl);
		const page = await until('the last page of the form', async () => {
			const answer = await fetch(formWaitingUrl, {
				headers: { authorization },
				signal: AbortSignal.timeout(1000),
			}).catch(() => undefined); // n8n is silent while it runs
			const text = answer?.ok ? await answer.text() : '';
			return /efunded/.test(text) ? text : undefined;
		});
		// The page says so when it has been shown, and n8n ends the execution.
		await fetch(formWaitingUrl, {
			method: 'POST',
			headers: { authorization },
			signal: AbortSignal.timeout(5000),
		}).catch(() => undefined);
		return page;
	};

	before(async () => {
		const { client, n8n } = environment();
		workflow = await importExample(environment(), 'refund-to-card');
		await client.publish(workflow);
		const { webhookId } = workflow.nodes.find(({ name }) => name === 'Refund form') ?? {};
		address = `${n8n.url}/form/${webhookId}`;
		await environment().issue({ cardId: 'KARI-1', amount: 100, customerId: 'kari' });
	});
	after(async () => await environment().client.unpublish(workflow));

	it('asks for the user name and password', async () => {
		assert.equal((await fetch(address)).status, 401);
	});

	it('adds the amount to the card of a customer who has one', async () => {
		const { sandbox, mailbox } = environment();
		const page = await send('1001', 1, '249,50', 'kari');
		assert.match(page, /Refunded/);
		assert.equal(sandbox.books.card('KARI-1')?.balance, 10_000 + 24_950);
		const email = mailbox.emails.at(-1);
		assert.deepEqual(email?.to, ['kari@example.com']);
		assert.match(String(email?.text), /We have added 249\.50 NOK to your gift card/);
	});

	it('gives a credit note to a customer who has no card', async () => {
		const { sandbox, mailbox } = environment();
		assert.match(await send('1002', 1, '80', 'ola'), /Refunded/);
		const card = sandbox.books.card('refund-1002-1');
		assert.equal(card?.balance, 8000);
		assert.equal(card?.customerId, 'ola');
		const email = mailbox.emails.at(-1);
		assert.ok(email?.text.includes(`Card number: ${card?.tokens[0]}`));
		assert.ok(email?.text.includes(`PIN: ${card?.pin}`));
	});

	it('does the same refund once', async () => {
		const { sandbox, mailbox } = environment();
		const emails = mailbox.emails.length;
		assert.match(await send('1001', 1, '249,50', 'kari'), /Refunded already/);
		assert.match(await send('1002', 1, '80', 'ola'), /Refunded already/);
		assert.equal(sandbox.books.card('KARI-1')?.balance, 34_950);
		assert.equal(sandbox.books.card('refund-1002-1')?.balance, 8000);
		assert.equal(mailbox.emails.length, emails);
	});

	it('does a second refund of the same order', async () => {
		const { sandbox } = environment();
		assert.match(await send('1001', 2, '50', 'kari'), /Refunded/);
		assert.equal(sandbox.books.card('KARI-1')?.balance, 39_950);
	});

	it('says why an amount cannot be refunded', async () => {
		const page = await send('1003', 1, 'mye', 'kari');
		assert.match(page, /Not refunded/);
		assert.match(page, /is not a number/);
		assert.equal(environment().sandbox.books.card('KARI-1')?.balance, 39_950);
	});

	it('gives the gift card that paid a part its money back first, and only the rest as credit, once', async () => {
		const { sandbox } = environment();
		const { checkout } = sandbox;
		await environment().issue({ cardId: 'GIFT-2001', amount: 200 });
		const { tokens, pin } = sandbox.books.card('GIFT-2001')!;
		const session = checkout.open({
			profile_id: 'default',
			url: { return_url: 'https://shop.example/' },
			order: { amount: 50_000, currency: 'NOK', merchant_reference: '2001' },
			express: { shipping_options: [] },
			configuration: { dintero: { wallets: { enabled: true } } },
		});
		const { id } = checkout.pay(session, { giftCard: { token: tokens[0], pin: pin ?? '' } });
		await checkout.operate('capture', id, 50_000);
		const before = sandbox.books.card('KARI-1')!.balance;
		const books = () => {
			const { card, other } = checkout.audit().find((payment) => payment.id === id)!;
			const balances = ['GIFT-2001', 'KARI-1'].map((one) => sandbox.books.card(one)?.balance);
			return [card.refunded, other.refunded, ...balances];
		};
		assert.match(await send('2001', 1, '350', 'kari'), /Refunded/);
		assert.deepEqual(books(), [20_000, 0, 20_000, before + 15_000]);
		assert.match(await send('2001', 1, '350', 'kari'), /Refunded already/);
		assert.match(await send('2001', 2, '300,01', 'kari'), /Only 300\.00 NOK of this order is left/);
		assert.deepEqual(books(), [20_000, 0, 20_000, before + 15_000]);
	});
}
