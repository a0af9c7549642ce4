/**
 * A gift card from its sale to its refund, all of it through this package in a real n8n: sold by payment link, paid,
 * issued and e-mailed by the example, used in another order together with a bank card, captured, refunded in part. At
 * the end wallet and Checkout agree to the øre; also when every event comes twice and out of order.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import {
	importExample,
	itemsOf,
	succeeded,
	until,
	type ExamplesEnvironment,
} from './environment.mts';

export function checkoutStory(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;

	before(async () => {
		workflow = await importExample(environment(), 'sold-online', {
			settings: { shopName: 'Kaffebaren' },
		});
		await environment().client.publish(workflow);
	});
	after(async () => {
		environment().sandbox.set({ duplicateDeliveryPercent: 0, lateDeliveryPercent: 0 });
		await environment().client.unpublish(workflow);
	});

	/** Runs one operation of the Dintero node by hand, as a person does in the editor. */
	const dintero = async (parameters: object): Promise<Record<string, never>> => {
		const { client, credentials } = environment();
		const [trigger, name] = ['Start', 'Dintero'];
		const saved = await client.saveWorkflow({
			name: 'One step',
			nodes: [
				{
					id: 'a',
					name: trigger,
					type: 'n8n-nodes-base.manualTrigger',
					typeVersion: 1,
					position: [0, 0],
					parameters: {},
				},
				{
					id: 'b',
					name,
					type: 'n8n-nodes-dintero.dintero',
					typeVersion: 1,
					position: [200, 0],
					parameters: parameters as Record<string, unknown>,
					credentials: { dinteroApi: credentials.dinteroApi },
				},
			],
			connections: { [trigger]: { main: [[{ node: name, type: 'main', index: 0 }]] } },
		});
		const [item] = itemsOf(succeeded(await client.run(saved, trigger)), name);
		return item.json as Record<string, never>;
	};
	const transaction = (value: string) => ({
		resource: 'checkoutTransaction',
		checkoutTransactionId: { __rl: true, mode: 'id', value },
	});
	/** Pays on the payment page. @returns the ID of the Checkout transaction */
	const pay = async (url: string, body: object): Promise<string> => {
		const page = new URL(url);
		const answer = await fetch(
			`${page.origin}/_sandbox/checkout/pages${page.pathname.slice(4)}/pay`,
			{
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify(body),
			},
		);
		const paid = (await answer.json()) as { id: string };
		assert.equal(answer.status, 200, JSON.stringify(paid));
		return paid.id;
	};
	/** Everything Dintero sent has been taken and worked on. */
	const quiet = async () => {
		const { sandbox, client } = environment();
		await sandbox.deliveriesSettled();
		await until('every execution to end', async () => {
			const list = await client.executions(workflow);
			for (const { id } of list) await client.untilFinished(id);
			return (await client.executions(workflow)).length === list.length ? true : undefined;
		});
	};

	for (const [how, switches] of [
		['once and in order', {}],
		[
			'twice and out of order',
			{ duplicateDeliveryPercent: 100, lateDeliveryPercent: 100, lateDeliveryMs: 800 },
		],
	] as const)
		describe(`with every event ${how}`, () => {
			it('a card is sold, issued, used and refunded, and the books agree', async () => {
				const { sandbox, mailbox } = environment();
				sandbox.set(switches);
				const run = how.replaceAll(' ', '-');
				const [emails, cards] = [mailbox.emails.length, sandbox.books.cards().length];

				// Sold by payment link, paid by bank card, captured automatically.
				const sale = await dintero({
					resource: 'paymentSession',
					operation: 'create',
					amount: '500',
					merchantReference: `sale-${run}`,
					returnUrl: 'https://shop.example/thanks',
					giftCards: false,
					additionalFields: {
						itemId: 'GIFTCARD-500',
						itemDescription: 'Gift card',
						customerEmail: 'anna@example.com',
						autoCapture: true,
					},
				});
				await pay(sale.paymentUrl, {});
				const email = await until('the gift card in the mail', () => mailbox.emails[emails]);
				const token = /Card number: (\d{16})/.exec(email.text)?.[1];
				const pin = /PIN: (\d{4})/.exec(email.text)?.[1];
				assert.ok(token && pin, email.text);
				await quiet();
				assert.equal(mailbox.emails.length, emails + 1);
				assert.equal(sandbox.books.cards().length, cards + 1);
				const { cardId } = sandbox.books.cards().at(-1)!;
				const balance = () => sandbox.books.card(cardId)!;
				assert.deepEqual([balance().balance, balance().available], [50_000, 50_000]);

				// Used in another order together with a bank card.
				const order = await dintero({
					resource: 'paymentSession',
					operation: 'create',
					amount: '800',
					merchantReference: `order-${run}`,
					returnUrl: 'https://shop.example/thanks',
				});
				const id = await pay(order.paymentUrl, { giftCard: { token, pin } });
				assert.deepEqual([balance().balance, balance().available], [50_000, 0]);
				const captured = await dintero({ ...transaction(id), operation: 'capture' });
				assert.deepEqual(
					[captured.outcome, captured.giftCardAmountMinor, captured.otherAmountMinor],
					['done', 50_000, 30_000],
				);
				assert.equal(balance().balance, 0);

				// Refunded in part, the same refund asked for twice.
				const refund = {
					...transaction(id),
					operation: 'refund',
					amount: '600',
					refId: 'return-1',
				};
				const shown = await dintero({ ...refund, options: { preview: true } });
				assert.deepEqual([shown.giftCardAmountMinor, shown.otherAmountMinor], [50_000, 10_000]);
				assert.equal((await dintero(refund)).outcome, 'done');
				assert.equal((await dintero(refund)).alreadyDone, true);
				await quiet();

				const read = await dintero({ ...transaction(id), operation: 'get' });
				assert.deepEqual(
					[read.status, read.capturedMinor, read.refundedMinor, read.giftCardRefundMinor],
					['PARTIALLY_REFUNDED', 80_000, 60_000, 0],
				);
				const audited = sandbox.checkout.audit().find((payment) => payment.id === id)!;
				assert.deepEqual(audited.card, audited.wallet);
				assert.deepEqual(
					[
						audited.card.captured,
						audited.card.refunded,
						audited.other.captured,
						audited.other.refunded,
					],
					[50_000, 50_000, 30_000, 10_000],
				);
				assert.deepEqual([balance().balance, balance().available], [50_000, 50_000]);
				assert.equal(sandbox.books.cards().length, cards + 1);
				assert.equal(mailbox.emails.length, emails + 1);
			});
		});
}
