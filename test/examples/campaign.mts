import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { N8nClient, type SavedWorkflow } from '../../demo/n8n-client.mts';
import { startN8n } from '../../demo/n8n.mts';
import { runFolder } from '../../scripts/project.mts';
import { owner } from '../../demo/environment.mts';
import {
	answeredPage,
	answerQuestion,
	csv,
	figures,
	lastPage,
	no,
	runCampaign,
	sample,
	sender,
	startCampaign,
	yes,
	type Campaign,
	type Spreadsheet,
} from '../../demo/campaign-form.mts';
import { cp1252, readExcel, writeExcel } from '../../demo/excel.mts';
import {
	executionOf,
	formUrl,
	nextPage,
	pageStatus,
	submitForm,
	type Page,
} from '../../demo/forms.mts';
import type { Email } from '../../demo/mailbox.mts';
import { importExample, until, type ExamplesEnvironment } from './environment.mts';

const name = 'large-2026';
const badRow = 34;

interface Row {
	reference: string;
	email: string;
	amount: string;
}

/** 60 invented people; one amount is not a number. */
const people: Row[] = Array.from({ length: 60 }, (_, index) => ({
	reference: String(index + 1).padStart(3, '0'),
	email: `person${index + 1}@example.com`,
	amount: index + 1 === badRow ? 'fem hundre' : `${100 + index},50`,
}));
const good = people.filter((_, index) => index + 1 !== badRow);
const minor = (row: Row) => Math.round(Number(row.amount.replace(',', '.')) * 100);
const kroner = (rows: Row[]) => (rows.reduce((sum, row) => sum + minor(row), 0) / 100).toFixed(2);

const spreadsheet = (rows: Row[]): Spreadsheet =>
	csv(
		rows.map(({ reference, email, amount }) => ({
			reference,
			name: `Åse Nr ${reference}`,
			email,
			amount,
		})),
	);

const excel = (rows: unknown[][]): Spreadsheet => ({
	name: 'people.xlsx',
	content: writeExcel(rows),
});

export function campaign(environment: () => ExamplesEnvironment): void {
	let workflow: SavedWorkflow;
	let kills = 0;
	let waiting = '';

	const fill = async (chunkSize = 10, settings: Record<string, string | number> = {}) => {
		const all = { shopName: 'Kaffebaren', language: 'en', chunkSize, ...settings };
		const saved = await importExample(environment(), 'campaign', { settings: all });
		await environment().client.publish(saved);
		workflow = await environment().client.workflow(saved.id);
	};
	const about = (changes: Partial<Campaign> = {}): Campaign => ({
		n8nUrl: environment().n8n.url,
		workflow,
		name,
		...changes,
	});
	const run = async (rows: Row[], answer = yes): Promise<Page> =>
		await runCampaign(about(), spreadsheet(rows), answer);
	const ask = async (rows: Row[]): Promise<Page> => {
		waiting = await startCampaign(about(), spreadsheet(rows));
		return await nextPage(waiting);
	};
	const cards = (campaignName = name) =>
		environment()
			.sandbox.books.cards()
			.filter(({ cardId }) => cardId.startsWith(`${campaignName}-`));
	const emails = () =>
		environment().mailbox.emails.filter(({ to }) =>
			to.some((address) => address.startsWith('person')),
		);
	const lastEmailTo = (email: string): Email | undefined =>
		emails().findLast(({ to }) => to.includes(email));
	const codesIn = (text: string) => ({
		token: /Card number: ([\d ]{19})\r?\n/.exec(text)?.[1].replaceAll(' ', ''),
		pin: /PIN: (\d{4})\r?\n/.exec(text)?.[1],
	});

	/** Kills n8n (`kill -9`) and starts it again. */
	async function killAndRestart(): Promise<void> {
		const { n8n, files, stop } = environment();
		await n8n.kill();
		const folder = runFolder('examples');
		const again = await startN8n({
			userFolder: path.join(folder, 'n8n'),
			logFile: path.join(folder, `n8n-after-kill-${++kills}.log`),
			preferredPort: Number(new URL(n8n.url).port),
			filesFolder: files,
			outboundLog: path.join(folder, 'outbound.log'),
		});
		const everything = async () => {
			await again.stop();
			await stop();
		};
		const signedIn = new N8nClient(again.url);
		Object.assign(environment(), { n8n: again, client: signedIn, stop: everything });
		await signedIn.signIn(owner);
	}

	/** Runs the campaign and kills n8n as soon as `now` holds. @returns the status of its execution */
	async function runAndKill(now: () => boolean): Promise<string> {
		await ask(people);
		await answerQuestion(waiting, yes);
		const deadline = Date.now() + 60_000;
		while (!now()) {
			assert.ok(Date.now() < deadline, 'the moment to kill n8n did not come');
			await sleep(1);
		}
		await killAndRestart();
		return (await environment().client.untilFinished(executionOf(waiting))).status;
	}

	/** Every row has one card of its amount, and its last e-mail opens it. */
	function agrees(rows: Row[]): void {
		assert.deepEqual(
			cards()
				.map(({ cardId, amount, balance }) => [cardId, amount, balance])
				.sort(),
			rows.map((row) => [`${name}-${row.reference}`, minor(row), minor(row)]).sort(),
		);
		for (const row of rows) {
			const cardId = `${name}-${row.reference}`;
			const email = lastEmailTo(row.email);
			assert.ok(email, `${row.email} got no e-mail`);
			const { token, pin } = codesIn(email.text);
			assert.equal(environment().sandbox.books.opens(token ?? '', pin), cardId, email.text);
			assert.ok(email.text.startsWith(`Hi Åse Nr ${row.reference},`), email.text);
			assert.ok(
				email.text.includes(
					`Gift card: NOK\u00a0${(minor(row) / 100).toFixed(2).replace('.00', '')}`,
				),
			);
			assert.ok(email.html.includes('src="cid:cardTokenBarcode"'));
			assert.deepEqual(
				email.files.map(({ fileName, contentId }) => [fileName, contentId]),
				[[`${cardId}-token.png`, 'cardTokenBarcode']],
			);
		}
	}

	before(async () => await fill());
	after(async () => {
		environment().sandbox.setDelay(0);
		await environment().client.unpublish(workflow);
	});

	const someone = ['1001', 'Åse Bjørnstad', 'ase@example.com', '1 299,50'];
	const heading = ['Referanse', 'Navn', 'E-post', 'Beløp'];
	const lines = (separator: string, ...rows: string[][]) =>
		rows.map((row) => row.join(separator)).join('\r\n');
	const norwegian = `${lines(';', heading, someone)}\r\n`;
	const utf16 = Buffer.from(`\uFEFF${lines('\t', heading, someone)}`, 'utf16le');
	const readable: Record<string, Spreadsheet> = {
		'CSV of Excel in Norwegian (CP1252)': { name: 'a.csv', content: cp1252(norwegian) },
		'CSV UTF-8 with a byte order mark': {
			name: 'a.csv',
			content: Buffer.from(`\uFEFF${norwegian}`),
		},
		'CSV UTF-8 without one': { name: 'a.csv', content: Buffer.from(norwegian) },
		'Unicode text (UTF-16, tabs)': { name: 'a.txt', content: utf16 },
		'UTF-16 the other way round': { name: 'a.txt', content: Buffer.from(utf16).swap16() },
		'UTF-16 without a byte order mark': { name: 'a.txt', content: Buffer.from(utf16.subarray(2)) },
		'CSV of Excel in English': {
			name: 'a.csv',
			content: Buffer.from(
				'reference,name,email,amount\n1001,"Bjørnstad, Åse",ase@example.com,1299.50\n',
			),
		},
		'CSV with sep=, quotes and line breaks': {
			name: 'a.csv',
			content: Buffer.from(
				'sep=|\r\n"name"|"amount"|"reference"|"email"|"note"\r\n"Åse ""Kis"" Bjørnstad"|"1 299,50"|1001|ase@example.com|"two\r\nlines"\r\n\r\n',
			),
		},
		'old line ends': { name: 'a.csv', content: Buffer.from(norwegian.replaceAll('\r\n', '\r')) },
		'an Excel workbook with numbers': excel([
			heading,
			[1001, 'Åse Bjørnstad', 'ase@example.com', 1299.5],
		]),
		'an Excel workbook with texts': excel([heading, someone, [], ['', '', '', '']]),
	};
	for (const [what, file] of Object.entries(readable))
		it(`reads ${what}`, async () => {
			const url = await startCampaign(about({ name: 'reading' }), file);
			const { text } = await nextPage(url);
			assert.match(text, /1 gift card worth 1299\.50 NOK/);
			assert.match(text, /here to ase@example\.com/);
			assert.match(text, /Hi (Åse (“Kis”|"Kis" )?Bjørnstad|Bjørnstad, Åse),/);
			assert.doesNotMatch(text, /cannot be used/);
			await answeredPage(url, no);
		});

	const unreadable: Record<string, [Spreadsheet, RegExp]> = {
		'an empty file': [{ name: 'a.csv', content: Buffer.from('\r\n') }, /The spreadsheet is empty/],
		'a heading alone': [
			{ name: 'a.csv', content: Buffer.from(lines(';', heading)) },
			/a heading and no rows/,
		],
		'a file without the columns': [
			{ name: 'a.csv', content: Buffer.from('Navn;Telefon;E-post\nÅse;1;a@example.com\n') },
			/no column reference and no column amount\. Its first line says: Navn, Telefon, E-post\./,
		],
		'two columns for one thing': [
			excel([
				['reference', 'navn', 'name', 'email', 'amount'],
				['1', 'a', 'b', 'c@example.com', 1],
			]),
			/two columns for name/,
		],
		'a broken workbook': [
			{ name: 'a.xlsx', content: Buffer.from('PK\u0003\u0004 this is no workbook') },
			/could not be read|is empty|no column/,
		],
		'a picture': [
			{
				name: 'a.csv',
				content: Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]),
			},
			/could not be read|no column/,
		],
	};
	for (const [what, [file, reason]] of Object.entries(unreadable))
		it(`says what is wrong with ${what}, and that nothing was done`, async () => {
			const page = await runCampaign(about({ name: 'unreadable' }), file);
			assert.match(page.text, /Nothing was issued/);
			assert.match(page.text, reason);
			assert.deepEqual(cards('unreadable'), []);
		});

	it('adds up each currency, and takes nothing in a cell for an expression or for markup', async () => {
		const file = csv([
			{ reference: '1', name: '{{ 6 * 7 }}', email: 'a@example.com', amount: '10', currency: '' },
			{ reference: '2', name: '<b>B</b>', email: 'b@example.com', amount: '20', currency: 'eur' },
			{ reference: '{{ 6 * 7 }}', name: '', email: '<i>c</i>', amount: '30', currency: '' },
		]);
		const url = await startCampaign(about({ name: 'currencies' }), file);
		const { text } = await nextPage(url);
		assert.match(text, /2 gift cards worth 10\.00 NOK and 20\.00 EUR/);
		assert.match(text, /NOK 1 10\.00 NOK EUR 1 20\.00 EUR/);
		assert.match(text, /Email: '<i>c<\/i>' is not an e-mail address/);
		assert.match(text, /Hi \{\{ 6 \* 7 \}\},/);
		assert.doesNotMatch(text, /42/);
		await answeredPage(url, no);
	});

	it('shows the e-mail, and sends a sample to who asks', async () => {
		const { mailbox } = environment();
		const before = mailbox.emails.length;
		const { text } = await ask(people);
		assert.match(
			text,
			/here to person1@example\.com Your gift card from Kaffebaren Hi Åse Nr 001,/,
		);
		assert.match(text, /Card number: 0000 0000 0000 0000 PIN: 0000/);
		assert.match(text, /Yes issues real gift cards .* test version of a form/);
		await answerQuestion(waiting, sample);
		const again = await until('the question to come again', async () => {
			const page = await nextPage(waiting);
			return page.text.includes('A sample was sent') ? page : undefined;
		});
		assert.match(again.text, new RegExp(`A sample was sent to ${sender}`));
		const [email, ...more] = mailbox.emails.slice(before);
		assert.deepEqual(
			[email.to, email.subject, more.length],
			[[sender], 'Your gift card from Kaffebaren', 0],
		);
		assert.match(email.html, /0000/);
		await answeredPage(waiting, no);
		assert.deepEqual(cards(), []);
	});

	it('asks a person before it issues anything, and takes no for an answer', async () => {
		const { text } = await ask(people);
		assert.ok(text.includes(`59 gift cards worth ${kroner(good)} NOK`), text);
		assert.match(text, /1 of 60 rows cannot be used.* 35 034 Amount: 'fem hundre'/);
		assert.deepEqual(cards(), []);

		const declined = await answeredPage(waiting, no);
		assert.match(declined.text, /Nothing was issued Nobody said yes, so this run issued nothing/);
		assert.deepEqual(cards(), []);
		assert.deepEqual(emails(), []);
		const told = environment().mailbox.emails.at(-1);
		assert.deepEqual([told?.to, told?.subject], [[sender], `Campaign ${name}: Nothing was issued`]);
	});

	it('takes nobody in without the user name and password', async () => {
		const url = formUrl(environment().n8n.url, workflow, 'Campaign form');
		assert.equal((await fetch(url)).status, 401);
		assert.equal((await fetch(url, { method: 'POST', body: new FormData() })).status, 401);
	});

	it('takes no chunk that none of its runs has sent', async () => {
		const card = {
			cardId: `${name}-999`,
			amount: '10',
			currency: 'NOK',
			email: 'person@example.com',
		};
		const chunk = { chunk: 1, campaign: name, shop: {}, cards: [card] };
		for (const key of [undefined, '', 'none', null, {}, '0'.repeat(48)])
			for (const runId of [undefined, '1', executionOf(waiting)]) {
				const answer = await fetch(
					`${environment().n8n.url}/webhook/gift-card-campaign-${workflow.id}`,
					{
						method: 'POST',
						headers: { 'content-type': 'application/json' },
						body: JSON.stringify({ ...chunk, run: runId, key }),
					},
				);
				assert.doesNotMatch(await answer.text(), /"ended":true/);
			}
		assert.deepEqual(cards(), []);
	});

	it('says that it has to be published when its own webhook is not there', async () => {
		await fill(10, { ownWebhooks: `${environment().n8n.url}/webhook/elsewhere` });
		const page = await run(people);
		assert.match(page.text, /No gift card was issued .* Publish the workflow/);
		assert.deepEqual(cards(), []);
		await fill();
	});

	it('keeps the question over a crash of n8n, and only for those who know its address', async () => {
		await ask(people);
		await killAndRestart();
		assert.match((await nextPage(waiting)).text, /59 gift cards/);
		const stranger = new URL(waiting);
		stranger.search = '';
		const body = new FormData();
		body.append('field-1', JSON.stringify([yes]));
		assert.equal((await fetch(stranger, { method: 'POST', body })).status, 401);
		assert.match((await answeredPage(waiting, no)).text, /Nobody said yes/);
		assert.deepEqual(cards(), []);
	});

	it('loses nothing when n8n is killed while it sends e-mails', async () => {
		const status = await runAndKill(() => emails().length >= 28);
		assert.equal(status, 'crashed');
		assert.equal(await pageStatus(waiting), 'crashed');
		assert.equal(cards().length, 40);
		assert.ok(emails().length < 40, 'n8n was killed too late to show anything');
	});

	it('goes on where it was, and loses nothing when n8n is killed while it issues', async () => {
		await fill(5); // so that not all that are left are asked for at the same moment
		environment().sandbox.setDelay(150);
		const status = await runAndKill(() => cards().length > 42);
		environment().sandbox.setDelay(0);
		await fill();
		assert.equal(status, 'crashed');
		assert.ok(cards().length < 59, 'n8n was killed too late to show anything');
	});

	it('ends with one card for each row, says so, and hands the codes out', async () => {
		const before = cards().length;
		const { text } = await ask(people);
		assert.match(text, /of 59 cards were sent before/);
		assert.match(text, /Wait: .* of an earlier run did not report the end/);
		const page = await answeredPage(waiting);
		const { sentBefore, ...told } = figures(page);
		assert.match(page.text, /Done: everybody has a gift card/);
		agrees(good);
		assert.ok(sentBefore >= 20 && sentBefore <= before, `${sentBefore} of ${before} were recorded`);
		assert.deepEqual(told, {
			issued: 59 - before,
			recovered: before - sentBefore,
			sent: 59 - sentBefore,
			refused: 1,
			missing: 0,
			cards: 59,
		});
		assert.ok(page.text.includes(`59 cards, ${kroner(good)} NOK`));
		assert.match(page.text, new RegExp(`${name}-034 person34@example\\.com Amount: 'fem hundre'`));
		type Code = {
			reference: string;
			cardId: string;
			cardNumber: string;
			pin: string;
			amount: string;
		};
		const codes = readExcel<Code>(page.files.get(`${name}-codes.xlsx`));
		assert.equal(codes.length, 59 - sentBefore);
		for (const { reference, cardId, cardNumber, pin } of codes) {
			assert.equal(cardId, `${name}-${reference}`);
			assert.equal(typeof pin, 'string');
			assert.equal(environment().sandbox.books.opens(cardNumber, pin), cardId);
		}
		const [summary] = environment()
			.mailbox.emails.filter(({ to }) => to.includes(sender))
			.slice(-1);
		assert.equal(summary.subject, `Campaign ${name}: Done: everybody has a gift card`);
		for (const { cardNumber, pin } of codes)
			assert.ok(!summary.html.includes(cardNumber) && !summary.text.includes(`PIN: ${pin}`));
		console.log(
			`60 rows: ${before} cards after two kills, ${told.issued} issued and ${told.recovered} given ` +
				`new codes by the last run; ${emails().length} e-mails to 59 people`,
		);
	});

	it('keeps no codes in n8n', async () => {
		const { client } = environment();
		const codes = cards().flatMap(({ tokens }) => tokens);
		assert.ok(codes.length >= 59);
		const withCodes = async () => {
			const found: string[] = [];
			for (const { id, status } of await client.executions(workflow)) {
				const text = JSON.stringify(await client.execution(id).catch(() => ''));
				if (codes.some((code) => text.includes(code))) found.push(`${id} (${status})`);
			}
			return found;
		};
		// n8n deletes the run itself a moment after it has served the last page.
		let found = await withCodes();
		for (let tries = 0; found.length > 0 && tries < 10; tries++) {
			await sleep(1000);
			found = await withCodes();
		}
		assert.deepEqual(found, [], 'executions that hold a code');
	});

	it('does nothing when it is run once more, and says so', async () => {
		const [emailsBefore, requests] = [emails().length, environment().sandbox.count()];
		const page = await run(people);
		assert.match(page.text, /Nothing was issued 59 of 59 cards were sent before/);
		assert.equal(page.files.size, 0);
		assert.equal(emails().length, emailsBefore);
		assert.equal(environment().sandbox.count(), requests);
	});

	it('refuses rows that would reach the wrong person', async () => {
		const more = [
			{ reference: '061', email: 'person61@example.com', amount: '10' },
			{ reference: '061', email: 'person62@example.com', amount: '10' }, // there twice
			{ reference: '', email: 'person63@example.com', amount: '10' },
			{ reference: '064', email: 'person64', amount: '10' },
		];
		const changed = { ...people[0], email: 'person65@example.com' }; // 001 was sent to another
		const emailsBefore = emails().length;
		const page = await run([changed, ...people.slice(1), ...more]);
		const { refused, issued } = figures(page);
		assert.deepEqual([issued, refused], [1, 5]);
		assert.equal(emails().length, emailsBefore + 1);
		agrees([...good, more[0]]);
		for (const expected of [
			/This reference was used before: person1@example\.com was sent 100\.50 NOK\./,
			/Amount: 'fem hundre'/,
			/Card ID: 'large-2026-061' is also the ID of item 61/,
			/Reference: there is none/,
			/Email: 'person64' is not an e-mail address/,
		])
			assert.match(page.text, expected);
	});

	it('sends again what the mail server did not take, and reports what Dintero refuses', async () => {
		const { mailbox } = environment();
		const rows = [
			{ reference: '071', email: 'person71@example.com', amount: '10' },
			{ reference: '072', email: 'person72@example.com', amount: '10' },
		];
		mailbox.refusing = true;
		const page = await run(rows).finally(() => (mailbox.refusing = false));
		const first = figures(page);
		assert.deepEqual([first.issued, first.sent, first.missing], [2, 0, 2]);
		assert.match(page.text, /2 e-mails not taken .*no such mailbox/);

		// In between somebody changes an amount: the card is there with another one and is left alone.
		await fill(1); // a chunk in which nothing is issued must not end the loop
		const changed = await run([{ ...rows[0], amount: '11' }, rows[1]]);
		const second = figures(changed);
		assert.deepEqual([second.issued, second.recovered, second.sent], [0, 1, 1]);
		assert.match(changed.text, new RegExp(`${name}-071 person71@example\\.com .*differs in`));

		await fill();
		const third = figures(await run(rows));
		assert.deepEqual([third.recovered, third.cards, third.missing], [1, 2, 0]);
		agrees([...good, { reference: '061', email: 'person61@example.com', amount: '10' }, ...rows]);
	});

	const later = (from: number): Row[] =>
		Array.from({ length: 25 }, (_, index) => ({
			reference: `${from + index}`,
			email: `person${from + index}@example.com`,
			amount: '20',
		}));

	it('stops issuing when no e-mail goes out, and goes on when they do', async () => {
		const { mailbox } = environment();
		const rows = later(100);
		const before = cards().length;
		mailbox.refusing = true;
		const stopped = await run(rows).finally(() => (mailbox.refusing = false));
		assert.match(stopped.text, /Not everybody has a gift card yet/);
		assert.match(stopped.text, /None of the last 20 e-mails was taken: .*no such mailbox/);
		assert.equal(cards().length, before + 20);
		const { issued, recovered, missing } = figures(await run(rows));
		assert.deepEqual([issued, recovered, missing], [5, 20, 0]);
		for (const { reference, email } of rows) {
			const { token, pin } = codesIn(lastEmailTo(email)?.text ?? '');
			assert.equal(environment().sandbox.books.opens(token ?? '', pin), `${name}-${reference}`);
		}
	});

	it('stops when a person says so, and goes on later', async () => {
		const rows = later(200);
		await fill(2);
		environment().sandbox.setDelay(150);
		const before = cards().length;
		await ask(rows);
		await answerQuestion(waiting, yes);
		await until('the first cards', () => cards().length > before || undefined);
		const stopUrl = formUrl(environment().n8n.url, workflow, 'Stop form');
		const stopping = await nextPage(await submitForm(stopUrl, [name]));
		assert.match(stopping.text, /It stops/);
		const page = await lastPage(waiting);
		environment().sandbox.setDelay(0);
		assert.match(page.text, /It was stopped as you asked/);
		const { issued, missing } = figures(page);
		assert.ok(issued > 0 && missing > 0 && issued + missing === 25, page.text);
		assert.equal(page.files.size, 1, 'the codes of what was issued');
		await fill();
		const rest = figures(await run(rows));
		assert.deepEqual([rest.issued, rest.sentBefore, rest.missing], [missing, issued, 0]);
	});
}
