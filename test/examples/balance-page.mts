import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import type { SavedWorkflow } from '../../demo/n8n-client.mts';
import { closePage, formUrl, nextPage, submitForm } from '../../demo/forms.mts';
import { importExample, until, type ExamplesEnvironment } from './environment.mts';

export function balancePage(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	const codes = (cardId: string) => {
		const card = environment().sandbox.books.card(cardId);
		return { number: card?.tokens[0] ?? '', pin: card?.pin ?? '' };
	};
	const ask = async (number: string, pin: string): Promise<string> => {
		const url = formUrl(environment().n8n.url, workflow, 'Balance page');
		const waiting = await submitForm(url, [number, pin]);
		const page = await nextPage(waiting);
		await closePage(waiting);
		return page.text;
	};
	const fill = async (settings: Record<string, string | number> = {}) => {
		const all = { shopName: 'Kaffebaren', ...settings };
		const saved = await importExample(environment(), 'balance-page', { settings: all });
		await environment().client.publish(saved);
		workflow = await environment().client.workflow(saved.id);
	};

	before(async () => {
		const cards = ['BAL-1', 'BAL-2', 'BAL-3', 'BAL-4', 'BAL-5'];
		await environment().issue(
			...cards.map((cardId) => ({ cardId, amount: 500, expiresAt: '2027-12-24' })),
		);
		const { number, pin } = codes('BAL-1');
		await environment().sandbox.pay({ token: number, pin, amount: 12_350 });
		await fill();
	});
	after(async () => await environment().client.unpublish(workflow));

	it('shows what is left and until when', async () => {
		const { number, pin } = codes('BAL-1');
		const text = await ask(` ${number.replaceAll(/(\d{4})/g, '$1 ')}`, ` ${pin} `);
		assert.match(
			text,
			/^Kaffebaren Det er 376,50 kr igjen på kortet Det er gyldig til og med 24\. desember 2027\./,
		);
	});

	it('says the same of a wrong PIN and of an unknown card', async () => {
		const { number } = codes('BAL-2');
		const wrong = await ask(number, '99999');
		assert.match(wrong, /Kortnummeret eller PIN-koden stemmer ikke/);
		assert.equal(await ask('1111222233334444', '1234'), wrong);
		assert.doesNotMatch(wrong, /500|2027/);
	});

	it('shows no balance without a PIN', async () => {
		const { number } = codes('BAL-2');
		for (const pin of [' ', '\u200b', '\u00a0']) assert.match(await ask(number, pin), /mangler/);
	});

	it('takes five guesses an hour for each card, however they are written', async () => {
		const { number, pin } = codes('BAL-3');
		const written = [
			number,
			number.replaceAll(/(\d{4})/g, '$1 '),
			number.replaceAll(/(\d{4})/g, '$1-'),
			[...number].map((digit) => String.fromCodePoint(0xff10 + Number(digit))).join(''),
			`\u200b${number}`,
		];
		for (const way of written) assert.doesNotMatch(await ask(way, '00000'), /For mange|kr igjen/);
		const calls = environment().sandbox.count();
		for (const way of written) assert.match(await ask(way, pin), /For mange forsøk/);
		assert.equal(environment().sandbox.count(), calls, 'Dintero was asked once more');
		const other = codes('BAL-4');
		assert.match(await ask(other.number, other.pin), /500 kr igjen/);
	});

	it('takes no more than five when they all come at the same moment', async () => {
		const { number } = codes('BAL-5');
		const answers = await Promise.all(
			Array.from({ length: 12 }, async () => await ask(number, '00000')),
		);
		assert.equal(answers.filter((text) => /For mange/.test(text)).length, 7);
	});

	it('keeps no number and no PIN in n8n', async () => {
		const { client } = environment();
		await until('the executions to be gone', async () => {
			return (await client.executions(workflow)).length === 0 || undefined;
		});
		type Tables = { data: Array<{ id: string; name: string; projectId: string }> };
		const { data } = await client.rest<Tables>('GET', '/data-tables-global?take=100');
		const table = data.find(({ name }) => name === 'Dintero balance look-ups');
		assert.ok(table);
		const rows = JSON.stringify(
			await client.rest(
				'GET',
				`/projects/${table.projectId}/data-tables/${table.id}/rows?take=100`,
			),
		);
		assert.match(rows, /"card":"[0-9a-f]{64}"/);
		for (const cardId of ['BAL-1', 'BAL-2', 'BAL-3'])
			assert.ok(!rows.includes(codes(cardId).number));
	});

	it('speaks English, and asks to come back when Dintero does not answer', async () => {
		await environment().issue({ cardId: 'BAL-6', amount: 20 });
		await fill({ language: 'en' });
		const { number, pin } = codes('BAL-6');
		assert.match(await ask(number, pin), /NOK\s20 is left on the card/);
		await environment().sandbox.down('503');
		const text = await ask(number, pin).finally(async () => await environment().sandbox.up());
		assert.match(text, /The balance can’t be shown right now/);
	});
}
