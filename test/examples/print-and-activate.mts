import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCsv } from '../../demo/main-job.mts';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { importExample, itemsOf, succeeded, type House } from './house.mts';

interface Row {
	cardId: string;
	cardNumber: string;
	pin: string;
	barcode: string;
}

/** What the printer got; the till sells these cards. */
let rows: Row[] = [];

export function printBatch(house: () => House): void {
	it('saves number, PIN and barcode of every card for the printer', async () => {
		const { client, sandbox, files } = house();
		const workflow = await importExample(house(), 'print-batch', {
			settings: { numberOfCards: 5 },
		});
		const execution = succeeded(await client.run(workflow, 'When clicking ‘Execute workflow’'));
		rows = await readCsv<Row>(String(itemsOf(execution, 'Save the rows')[0].json.fileName));
		assert.deepEqual(
			rows.map(({ cardId }) => cardId),
			['spring-0001', 'spring-0002', 'spring-0003', 'spring-0004', 'spring-0005'],
		);
		for (const { cardId, cardNumber, pin, barcode } of rows) {
			assert.match(cardNumber, /^\d{16}$/);
			assert.match(pin, /^\d{4}$/);
			assert.equal(sandbox.books.opens(cardNumber, pin), cardId);
			assert.equal(sandbox.books.card(cardId)?.status, 'inactive');
			assert.equal(sandbox.books.card(cardId)?.balance, 0);
			assert.equal(barcode, `${cardId}.png`);
			const picture = await readFile(path.join(files, barcode));
			assert.equal(picture.subarray(1, 4).toString(), 'PNG');
		}
	});

	it('makes no card twice when it is run again', async () => {
		await sleep(3100); // a card made up to two seconds ago may be this run's own, whose answer was lost
		const { client, sandbox } = house();
		const before = sandbox.books.cards().length;
		const workflow = await importExample(house(), 'print-batch', {
			settings: { numberOfCards: 5 },
		});
		const execution = await client.run(workflow, 'When clicking ‘Execute workflow’');
		assert.equal(execution.status, 'error');
		assert.match(String(execution.error?.message), /exist/);
		assert.equal(sandbox.books.cards().length, before);
		assert.equal(sandbox.books.opens(rows[0].cardNumber, rows[0].pin), 'spring-0001');
		assert.ok(existsSync(path.join(house().files, rows[0].barcode)));
	});
}

export function activateAtTill(house: () => House): void {
	let workflow: SavedWorkflow;
	const call = async (body: object, key = 'Kasse-2026') => {
		const answer = await fetch(`${house().n8n.url}/webhook/activate-gift-card`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', 'x-till-key': key },
			body: JSON.stringify(body),
		});
		const text = await answer.text();
		return { status: answer.status, ...(answer.status === 403 ? {} : JSON.parse(text)) };
	};
	const sale = (row: Row, receipt: string, amount = '500') => ({
		cardToken: row.cardNumber,
		amount,
		receipt,
	});

	before(async () => {
		workflow = await importExample(house(), 'activate-at-till');
		await house().client.publish(workflow);
	});
	after(async () => await house().client.unpublish(workflow));

	it('takes no call without the key', async () => {
		assert.equal((await call(sale(rows[0], 'R-0'), 'wrong')).status, 403);
		assert.equal(house().sandbox.books.card('spring-0001')?.status, 'inactive');
	});

	it('activates one printed card, which then pays', async () => {
		const { sandbox } = house();
		const [{ cardNumber, pin }] = rows;
		const answer = await call(sale(rows[0], 'R-1001'));
		assert.deepEqual(answer, {
			status: 200,
			ok: true,
			cardId: 'spring-0001',
			balance: '500.00 NOK',
			alreadyDone: false,
		});
		assert.equal(sandbox.books.card('spring-0001')?.balance, 50_000);
		assert.equal(sandbox.books.card('spring-0002')?.balance, 0);
		await sandbox.pay({ token: cardNumber, pin, amount: 12_000 });
		assert.equal(sandbox.books.card('spring-0001')?.balance, 38_000);
	});

	it('says yes again to the same receipt, and no to another one', async () => {
		const { sandbox } = house();
		const again = await call(sale(rows[0], 'R-1001'));
		assert.equal(again.status, 200);
		assert.equal(again.alreadyDone, true);
		const other = await call(sale(rows[0], 'R-1002'));
		assert.equal(other.status, 409);
		assert.match(other.message, /sold before, on receipt R-1001/);
		assert.equal((await call(sale(rows[0], 'R-1001', '600'))).status, 422);
		assert.equal(sandbox.books.card('spring-0001')?.balance, 38_000);
	});

	it('activates a card once when the till calls twice at the same moment', async () => {
		const { sandbox } = house();
		const answers = await Promise.all([
			call(sale(rows[1], 'R-2001')),
			call(sale(rows[1], 'R-2001')),
		]);
		assert.deepEqual(
			answers.map(({ status }) => status),
			[200, 200],
		);
		assert.equal(sandbox.books.card('spring-0002')?.balance, 50_000);
		const rivals = await Promise.all([
			call(sale(rows[2], 'R-3001')),
			call(sale(rows[2], 'R-3002')),
		]);
		assert.deepEqual(rivals.map(({ status }) => status).sort(), [200, 409]);
	});

	it('says what is missing or wrong', async () => {
		assert.equal((await call({ cardToken: rows[3].cardNumber, amount: '500' })).status, 400);
		const unknown = await call({ cardToken: '0000000000000000', amount: '500', receipt: 'R-9' });
		assert.equal(unknown.status, 422);
		assert.ok(unknown.message);
		assert.equal((await call(sale(rows[3], 'R-9', 'fem hundre'))).status, 422);
		assert.equal(house().sandbox.books.card('spring-0004')?.status, 'inactive');
	});
}
