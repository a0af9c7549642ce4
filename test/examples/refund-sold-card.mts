import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { importExample, until, type ExamplesEnvironment } from './environment.mts';

const authorization = `Basic ${Buffer.from('till:Kasse-2026').toString('base64')}`;

export function refundSoldCard(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	let address: string;

	/** Fills the form in and sends it, as the browser does. @returns the text of the last page */
	const send = async (cardId: string) => {
		const form = new FormData();
		form.append('field-0', cardId);
		form.append('field-1', 'Changed my mind');
		const sent = await fetch(address, { method: 'POST', body: form, headers: { authorization } });
		const { formWaitingUrl } = (await sent.json()) as { formWaitingUrl: string };
		const page = await until('the last page of the form', async () => {
			const answer = await fetch(formWaitingUrl, {
				headers: { authorization },
				signal: AbortSignal.timeout(1000),
			}).catch(() => undefined);
			const text = answer?.ok ? await answer.text() : '';
			return /efunded/.test(text) ? text : undefined;
		});
		await fetch(formWaitingUrl, {
			method: 'POST',
			headers: { authorization },
			signal: AbortSignal.timeout(5000),
		}).catch(() => undefined);
		return page;
	};

	/** A gift card of 500.00 that was bought in Checkout. */
	const sold = async (reference: string) => {
		const { checkout } = environment().sandbox;
		const session = checkout.open({
			profile_id: 'default',
			url: { return_url: 'https://shop.example/' },
			order: { amount: 50_000, currency: 'NOK', merchant_reference: reference },
		});
		const { id } = checkout.pay(session);
		await checkout.operate('capture', id, 50_000);
		const cardId = `${id}-1-1`;
		const metadata = JSON.stringify({ dintero_transaction_id: id });
		await environment().issue({ cardId, amount: 500, metadata });
		return {
			cardId,
			books: () => {
				const payment = checkout.audit().find((one) => one.id === id)!;
				return [environment().sandbox.books.card(cardId)?.balance, payment.other.refunded];
			},
		};
	};

	before(async () => {
		const { client, n8n } = environment();
		workflow = await importExample(environment(), 'refund-sold-card');
		await client.publish(workflow);
		const { webhookId } = workflow.nodes.find(({ name }) => name === 'Refund form') ?? {};
		address = `${n8n.url}/form/${webhookId}`;
	});
	after(async () => await environment().client.unpublish(workflow));

	it('empties the card first, then refunds what was on it, once', async () => {
		const { sandbox } = environment();
		const { cardId, books } = await sold('sale-1');
		const { tokens, pin } = sandbox.books.card(cardId)!;
		await sandbox.pay({ token: tokens[0], pin: pin ?? undefined, amount: 12_000 });
		assert.match(await send(cardId), /Refunded/);
		assert.deepEqual(books(), [0, 38_000]);
		assert.match(await send(cardId), /Refunded already/);
		assert.deepEqual(books(), [0, 38_000]);
	});

	it('is finished by sending the form again when the refund failed', async () => {
		const { sandbox } = environment();
		const { cardId, books } = await sold('sale-2');
		const operationId = 'transactions_id_refund_post';
		sandbox.faults.add({ kind: 'error-before', status: 400, operationId });
		assert.match(await send(cardId), /Not refunded yet/);
		assert.deepEqual(books(), [0, 0]);
		sandbox.faults.clear();
		assert.match(await send(cardId), /Refunded/);
		assert.deepEqual(books(), [0, 50_000]);
	});

	it('says why a card cannot be taken back', async () => {
		await environment().issue({ cardId: 'GIVEN-1', amount: 100 });
		assert.match(await send('GIVEN-1'), /does not say which payment/);
		assert.match(await send('NOT-THERE'), /Not refunded/);
		assert.equal(environment().sandbox.books.card('GIVEN-1')?.balance, 10_000);
	});
}
