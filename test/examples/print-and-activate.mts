import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { readExcel } from '../../demo/excel.mts';
import { closePage, formUrl, nextPage, submitForm, type Page } from '../../demo/forms.mts';
import { importExample, nodeOf, type ExamplesEnvironment } from './environment.mts';

interface Row {
	cardId: string;
	cardNumber: string;
	pin: string;
	barcode: string;
}

/** What the printer got; the till sells these cards. */
let rows: Row[] = [];

export function printBatch(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	const make = async (count: string): Promise<Page> => {
		const url = formUrl(environment().n8n.url, workflow, 'Print form');
		const page = await nextPage(await submitForm(url, [count, 'spring-{number:4}', '1']));
		await closePage(page.url);
		return page;
	};
	before(async () => {
		const saved = await importExample(environment(), 'print-batch');
		await environment().client.publish(saved);
		workflow = await environment().client.workflow(saved.id);
	});
	after(async () => await environment().client.unpublish(workflow));

	it('hands out number, PIN and barcode of every card for the printer', async () => {
		const { sandbox } = environment();
		const page = await make('5');
		assert.match(page.text, /5 cards are made/);
		rows = readExcel<Row>(page.files.get('cards.xlsx'));
		assert.deepEqual(
			rows.map(({ cardId }) => cardId),
			['spring-0001', 'spring-0002', 'spring-0003', 'spring-0004', 'spring-0005'],
		);
		const zip = page.files.get('barcodes.zip');
		assert.ok(zip);
		for (const { cardId, cardNumber, pin, barcode } of rows) {
			assert.match(cardNumber, /^\d{16}$/);
			assert.match(pin, /^\d{4}$/);
			assert.equal(sandbox.books.opens(cardNumber, pin), cardId);
			assert.equal(sandbox.books.card(cardId)?.status, 'inactive');
			assert.equal(sandbox.books.card(cardId)?.balance, 0);
			assert.equal(barcode, `${cardId}.png`);
			assert.ok(zip.includes(barcode), `${barcode} is not in the zip file`);
		}
	});

	it('makes no card twice when it is run again', async () => {
		const { sandbox } = environment();
		const before = sandbox.books.cards().length;
		const page = await make('5');
		assert.match(page.text, /already exists/);
		assert.equal(page.files.size, 0);
		assert.equal(sandbox.books.cards().length, before);
		assert.equal(sandbox.books.opens(rows[0].cardNumber, rows[0].pin), 'spring-0001');
	});
}

export function activateAtTill(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	let path: string | undefined;
	const call = async (body: object, key = 'Kasse-2026') => {
		const answer = await fetch(`${environment().n8n.url}/webhook/${path}`, {
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
		workflow = await importExample(environment(), 'activate-at-till');
		await environment().client.publish(workflow);
		({ webhookId: path } = nodeOf(
			await environment().client.workflow(workflow.id),
			'Call from the till',
		));
	});
	after(async () => await environment().client.unpublish(workflow));

	it('takes no call without the key', async () => {
		assert.equal((await call(sale(rows[0], 'R-0'), 'wrong')).status, 403);
		assert.equal(environment().sandbox.books.card('spring-0001')?.status, 'inactive');
	});

	it('activates one printed card, which then pays', async () => {
		const { sandbox } = environment();
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
		const { sandbox } = environment();
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
		const { sandbox } = environment();
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
		assert.equal(environment().sandbox.books.card('spring-0004')?.status, 'inactive');
	});
}
