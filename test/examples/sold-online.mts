import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import {
	importExample,
	itemsOf,
	nextExecution,
	succeeded,
	type ExamplesEnvironment,
} from './environment.mts';

const SCARF = { id: 'SCARF-1', line_id: '1', quantity: 1, amount: 20_000, description: 'Scarf' };
const CARDS = { id: 'GIFTCARD-500', line_id: '2', quantity: 2, amount: 100_000 };

export function soldOnline(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	let executions = 0;

	/** An order that the customer has paid, and the execution its event started. */
	const paid = async (reference: string, items: Array<{ amount: number }> = [SCARF, CARDS]) => {
		const { checkout } = environment().sandbox;
		const amount = items.reduce((all, line) => all + line.amount, 0);
		const session = checkout.open({
			profile_id: 'default',
			url: { return_url: 'https://shop.example/' },
			order: { amount, currency: 'NOK', merchant_reference: reference, items },
			customer: { email: 'buyer@example.com' },
		});
		const { id } = checkout.pay(session);
		await next();
		return id;
	};
	const next = async () => succeeded(await nextExecution(environment(), workflow, executions++));
	const operate = async (
		kind: 'capture' | 'refund' | 'void',
		id: string,
		amount?: number,
		items?: Array<{ line_id: string; amount: number }>,
	) => {
		await environment().sandbox.checkout.operate(kind, id, amount, items);
		return await next();
	};
	/**
	 * The event once more, as Dintero may send it: with other IDs, and without a status. Two with the same
	 * content are one event to the trigger, so each names another session.
	 */
	const again = async (id: string) => {
		environment().sandbox.fireEvent('checkout_transaction', {
			transaction: { id, session_id: `other-${executions}`, merchant_reference: 'x' },
		});
		return await next();
	};
	const cardsOf = (id: string) =>
		environment()
			.sandbox.books.cards()
			.filter(({ cardId }) => cardId.startsWith(id));
	const told = () => {
		const { sandbox, mailbox, slack } = environment();
		return [sandbox.books.cards().length, mailbox.emails.length, slack.messages.length];
	};

	before(async () => {
		workflow = await importExample(environment(), 'sold-online', {
			settings: { shopName: 'Kaffebaren' },
		});
		await environment().client.publish(workflow);
	});
	after(async () => await environment().client.unpublish(workflow));

	it('turns a captured order into gift cards, e-mailed with number, PIN and barcode', async () => {
		const { mailbox } = environment();
		mailbox.emails.length = 0;
		const id = await paid('ORDER-1');
		assert.deepEqual(cardsOf(id), []);
		await operate('capture', id, 120_000);
		const cards = cardsOf(id);
		assert.deepEqual(
			cards.map(({ cardId, amount, metadata }) => [
				cardId,
				amount,
				metadata?.dintero_transaction_id,
			]),
			[
				[`${id}-2-1`, 50_000, id],
				[`${id}-2-2`, 50_000, id],
			],
		);
		assert.equal(mailbox.emails.length, 2);
		for (const [index, card] of cards.entries()) {
			const email = mailbox.emails[index];
			assert.deepEqual(email.to, ['buyer@example.com']);
			assert.equal(email.subject, 'Your gift card from Kaffebaren');
			assert.match(email.text, /Value: 500\.00 NOK/);
			assert.ok(email.text.includes(`Card number: ${card.tokens[0]}`));
			assert.ok(email.text.includes(`PIN: ${card.pin}`));
			assert.deepEqual(email.attachments, [`${card.cardId}-token.png`]);
		}
	});

	it('does it once, however often the event comes, and at the same moment', async () => {
		const id = await paid('ORDER-2');
		await operate('capture', id, 120_000);
		const before = told();
		assert.deepEqual(
			itemsOf(await again(id), 'Issue the gift card').map(({ json }) => json.outcome),
			['existing', 'existing'],
		);
		await Promise.all([again(id), again(id)]);
		assert.deepEqual(told(), before);
	});

	it('issues a card when its own line is captured, or all of the order', async () => {
		const id = await paid('ORDER-3');
		await operate('capture', id, 20_000, [{ line_id: '1', amount: 20_000 }]);
		assert.deepEqual(cardsOf(id), []);
		await operate('capture', id, 100_000, [{ line_id: '2', amount: 100_000 }]);
		assert.equal(cardsOf(id).length, 2);
		const parts = await paid('ORDER-4');
		await operate('capture', parts, 60_000);
		assert.deepEqual(cardsOf(parts), []);
		await operate('capture', parts, 60_000);
		assert.equal(cardsOf(parts).length, 2);
	});

	it('issues nothing for an order that was voided, given back, or holds no gift card', async () => {
		const before = told();
		await operate('void', await paid('ORDER-5'));
		const back = await paid('ORDER-6', [SCARF]);
		await operate('capture', back, 20_000);
		assert.deepEqual(told(), before);
	});

	it('tells the shop when the e-mail fails', async () => {
		const { slack, mailbox } = environment();
		const before = slack.messages.length;
		const id = await paid('ORDER-7', [{ ...CARDS, quantity: 1, amount: 10_000 } as never]);
		mailbox.refusing = true;
		await operate('capture', id, 10_000).finally(() => (mailbox.refusing = false));
		const [message] = slack.messages.slice(before);
		assert.ok(
			message.text.startsWith(
				`Gift card ${id}-2-1 of order ORDER-7 did not reach buyer@example.com: `,
			),
		);
	});
}
