import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import fastify from 'fastify';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { importExample, itemsOf, nextExecution, succeeded, type House } from './house.mts';

/** Dintero Checkout, as far as the example asks it: one order. */
async function startCheckout(token: () => boolean) {
	const orders = new Map<string, Record<string, unknown>>();
	const app = fastify({ forceCloseConnections: true });
	app.get<{ Params: { id: string } }>('/v1/transactions/:id', async (request, reply) => {
		if (!token() || !request.headers.authorization?.startsWith('Bearer '))
			return reply.code(401).send({});
		return (
			orders.get(request.params.id) ?? reply.code(404).send({ error: { message: 'Not found' } })
		);
	});
	return {
		orders,
		url: `${await app.listen({ host: '127.0.0.1', port: 0 })}/v1`,
		stop: () => app.close(),
	};
}

const order = (id: string, changes: object = {}) => ({
	id,
	status: 'CAPTURED',
	amount: 120_000,
	currency: 'NOK',
	merchant_reference: `ORDER-${id.slice(-4)}`,
	customer: { email: 'buyer@example.com' },
	items: [
		{ id: 'SCARF-1', line_id: '1', quantity: 1, amount: 20_000, description: 'Scarf' },
		{ id: 'GIFTCARD-500', line_id: '2', quantity: 2, amount: 100_000, description: 'Gift card' },
	],
	...changes,
});

export function soldOnline(house: () => House): void {
	let checkout: Awaited<ReturnType<typeof startCheckout>>;
	let workflow: SavedWorkflow;
	let executions = 0;

	const event = async (id: string, status = 'CAPTURED') => {
		// Every call is a delivery of its own, with its own ID.
		house().sandbox.fireEvent('checkout_transaction', {
			transaction: { id, session_id: `${id}s`, merchant_reference: 'x', status },
		});
		return succeeded(await nextExecution(house(), workflow, executions++));
	};

	before(async () => {
		checkout = await startCheckout(() => true);
		workflow = await importExample(house(), 'sold-online', {
			settings: { checkoutApi: checkout.url, shopName: 'Kaffebaren' },
		});
		await house().client.publish(workflow);
	});
	after(async () => {
		await house().client.unpublish(workflow);
		await checkout.stop();
	});

	it('turns a paid order into gift cards, e-mailed with number, PIN and barcode', async () => {
		const { sandbox, mailbox } = house();
		checkout.orders.set('P1.one', order('P1.one'));
		await event('P1.one');
		const cards = sandbox.books.cards().filter(({ cardId }) => cardId.startsWith('P1.one'));
		assert.deepEqual(
			cards.map(({ cardId, amount, metadata }) => [
				cardId,
				amount,
				metadata?.dintero_transaction_id,
			]),
			[
				['P1.one-2-1', 50_000, 'P1.one'],
				['P1.one-2-2', 50_000, 'P1.one'],
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

	it('does it once, however often the event comes', async () => {
		const { sandbox, mailbox, slack } = house();
		const before = [sandbox.books.cards().length, mailbox.emails.length, slack.messages.length];
		const again = await event('P1.one');
		assert.deepEqual(
			itemsOf(again, 'Issue the gift card').map(({ json }) => json.outcome),
			['existing', 'existing'],
		);
		await event('P1.one');
		const after = [sandbox.books.cards().length, mailbox.emails.length, slack.messages.length];
		assert.deepEqual(after, before);
	});

	it('does it once when two events come at the same moment', async () => {
		const { sandbox, mailbox, client } = house();
		const before = mailbox.emails.length;
		checkout.orders.set('P1.two', order('P1.two'));
		for (let copy = 0; copy < 2; copy++)
			sandbox.fireEvent('checkout_transaction', {
				transaction: { id: 'P1.two', status: 'CAPTURED' },
			});
		for (let copy = 0; copy < 2; copy++)
			succeeded(await nextExecution(house(), workflow, executions++));
		assert.equal(
			sandbox.books.cards().filter(({ cardId }) => cardId.startsWith('P1.two')).length,
			2,
		);
		assert.equal(mailbox.emails.length, before + 2);
		assert.equal((await client.executions(workflow)).length, executions);
	});

	it('issues nothing for an order that is not paid, was cancelled since, or holds no gift card', async () => {
		const { sandbox } = house();
		const before = sandbox.books.cards().length;
		checkout.orders.set('P1.new', order('P1.new', { status: 'AUTHORIZED' }));
		await event('P1.new', 'AUTHORIZED');
		checkout.orders.set('P1.off', order('P1.off', { status: 'REFUNDED' }));
		await event('P1.off');
		checkout.orders.set('P1.not', order('P1.not', { items: order('').items.slice(0, 1) }));
		await event('P1.not');
		assert.equal(sandbox.books.cards().length, before);
	});

	it('tells the shop when the e-mail fails', async () => {
		const { slack, mailbox } = house();
		const before = slack.messages.length;
		checkout.orders.set(
			'P1.bad',
			order('P1.bad', { items: [{ id: 'GIFTCARD-1', line_id: '1', quantity: 1, amount: 10_000 }] }),
		);
		mailbox.refusing = true;
		await event('P1.bad').finally(() => (mailbox.refusing = false));
		const [message] = slack.messages.slice(before);
		assert.match(
			message.text,
			/^Gift card P1\.bad-1-1 of order ORDER-\.bad did not reach buyer@example\.com: /,
		);
	});
}
