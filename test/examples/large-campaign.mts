import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { N8nClient, type Execution, type SavedWorkflow } from '../../demo/n8n-client.mts';
import { startN8n } from '../../demo/n8n.mts';
import { runFolder } from '../../demo/package.mts';
import { owner } from '../../demo/stage.mts';
import {
	answerQuestion,
	no,
	readQuestion,
	runLargeCampaign,
	startCampaign,
	untilAsked,
	yes,
} from './campaign-run.mts';
import type { Email } from './mailbox.mts';
import { importExample, itemsOf, succeeded, type House } from './house.mts';

const campaign = 'large-2026';
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

export function largeCampaign(house: () => House): void {
	let workflow: SavedWorkflow;
	let kills = 0;

	const write = async (rows: Row[]) => {
		const lines = rows.map(({ reference, email, amount }) =>
			[reference, `Åse Nr ${reference}`, email, amount].join(';'),
		);
		const text = ['reference;name;email;amount', ...lines].join('\n');
		await writeFile(path.join(house().files, 'large.csv'), text);
	};
	const fill = async (chunkSize = 10) => {
		const settings = { campaign, file: 'large.csv', chunkSize };
		workflow = await importExample(house(), 'large-campaign', { settings });
		await house().client.publish(workflow);
	};
	const run = async (answer = yes) => await runLargeCampaign(house().client, workflow, answer);
	const question = async (id: string): Promise<{ form: string; text: string }> => {
		const form = await untilAsked(house().client, id);
		assert.ok(typeof form === 'string', 'the campaign did not ask');
		return { form, text: await readQuestion(form) };
	};
	const report = (execution: Execution) => itemsOf(succeeded(execution), 'Report')[0].json;
	const cards = () =>
		house()
			.sandbox.books.cards()
			.filter(({ cardId }) => cardId.startsWith(`${campaign}-`));
	const emails = () =>
		house().mailbox.emails.filter(({ to }) => to.some((address) => address.startsWith('person')));
	const lastEmailTo = (email: string): Email | undefined =>
		emails().findLast(({ to }) => to.includes(email));

	/** Kills n8n (`kill -9`) and starts it again. */
	async function killAndRestart(): Promise<void> {
		const { n8n, files, stop } = house();
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
		Object.assign(house(), { n8n: again, client: signedIn, stop: everything });
		await signedIn.signIn(owner);
	}

	/** Runs the campaign and kills n8n as soon as `now` holds. */
	async function runAndKill(now: () => boolean): Promise<Execution> {
		const executionId = await startCampaign(house().client, workflow);
		const { form } = await question(executionId);
		await answerQuestion(form, yes);
		const deadline = Date.now() + 60_000;
		while (!now()) {
			assert.ok(Date.now() < deadline, 'the moment to kill n8n did not come');
			await sleep(1);
		}
		await killAndRestart();
		return await house().client.untilFinished(executionId);
	}

	/** Every row has one card of its amount, and its last e-mail opens it. */
	function agrees(rows: Row[]): void {
		assert.deepEqual(
			cards()
				.map(({ cardId, amount, balance }) => [cardId, amount, balance])
				.sort(),
			rows.map((row) => [`${campaign}-${row.reference}`, minor(row), minor(row)]).sort(),
		);
		for (const row of rows) {
			const cardId = `${campaign}-${row.reference}`;
			const email = lastEmailTo(row.email);
			assert.ok(email, `${row.email} got no e-mail`);
			const [, token] = /Card number: (\d{16})\r?\n/.exec(email.text) ?? [];
			const [, pin] = /PIN: (\d{4})\r?\n/.exec(email.text) ?? [];
			assert.equal(house().sandbox.books.opens(token, pin), cardId, email.text);
			assert.ok(email.text.startsWith(`Hi Åse Nr ${row.reference},`), email.text);
			assert.ok(email.text.includes(`Value: ${(minor(row) / 100).toFixed(2)} NOK`), email.text);
			assert.deepEqual(email.attachments, [`${cardId}-token.png`]);
		}
	}

	before(async () => await write(people));
	after(async () => {
		house().sandbox.setDelay(0);
		await house().client.unpublish(workflow);
	});

	it('says that it has to be published, before it issues anything', async () => {
		const settings = { campaign, file: 'large.csv' };
		workflow = await importExample(house(), 'large-campaign', { settings });
		const { status, runs } = await run();
		assert.equal(status, 'error');
		assert.match(runs['How did they go?'][0].error?.message ?? '', /Publish this workflow/);
		assert.deepEqual(cards(), []);
	});

	it('asks a person before it issues anything, and takes no for an answer', async () => {
		await fill();
		const id = await startCampaign(house().client, workflow);
		const { form, text } = await question(id);
		assert.ok(text.includes(`59 gift cards worth ${kroner(good)} NOK`), text);
		assert.match(text, /1 of 60 rows cannot be used.*Row 34: Amount: 'fem hundre'/);
		assert.deepEqual(cards(), []);

		await answerQuestion(form, no);
		const declined = report(await house().client.untilFinished(id));
		assert.deepEqual([declined.issued, declined.sent, declined.missing], [0, 0, 59]);
		assert.match(String(declined.advice), /^Nobody said yes/);
		assert.equal((declined.refused as unknown[]).length, 1);
		assert.deepEqual(cards(), []);
		assert.deepEqual(emails(), []);
	});

	it('keeps the question over a crash of n8n, and only for those who know its address', async () => {
		const id = await startCampaign(house().client, workflow);
		const { form } = await question(id);
		await killAndRestart();
		assert.match((await question(id)).text, /59 gift cards/);
		const stranger = new URL(form);
		stranger.search = '';
		const body = new FormData();
		body.append('field-0', JSON.stringify([yes]));
		assert.equal((await fetch(stranger, { method: 'POST', body })).status, 401);
		await answerQuestion(form, no);
		assert.match(String(report(await house().client.untilFinished(id)).advice), /^Nobody said yes/);
		assert.deepEqual(cards(), []);
	});

	it('loses nothing when n8n is killed while it sends e-mails', async () => {
		const { status } = await runAndKill(() => emails().length >= 28);
		assert.equal(status, 'crashed');
		assert.equal(cards().length, 40);
		assert.ok(emails().length < 40, 'n8n was killed too late to show anything');
	});

	it('goes on where it was, and loses nothing when n8n is killed while it issues', async () => {
		await fill(5); // so that not all that are left are asked for at the same moment
		house().sandbox.setDelay(150);
		const { status } = await runAndKill(() => cards().length > 42);
		house().sandbox.setDelay(0);
		await fill();
		assert.equal(status, 'crashed');
		assert.ok(cards().length < 59, 'n8n was killed too late to show anything');
	});

	it('ends with one card for each row, and says so', async () => {
		const before = cards().length;
		const id = await startCampaign(house().client, workflow);
		const { form, text } = await question(id);
		assert.match(text, /of 59 cards were sent before/);
		assert.match(text, /Wait:.* of an earlier run did not report the end/);
		await answerQuestion(form, yes);
		const execution = await house().client.untilFinished(id);
		const { refused, execution: told, advice, ...figures } = report(execution);
		assert.equal(told, execution.id);
		assert.match(String(advice), /^Everyone/);
		agrees(good);
		const sentBefore = Number(figures.sentBefore);
		assert.ok(sentBefore >= 20 && sentBefore <= before, `${sentBefore} of ${before} were recorded`);
		assert.deepEqual(figures, {
			campaign,
			rows: 60,
			issued: 59 - before,
			recovered: before - sentBefore,
			sent: 59 - sentBefore,
			sentBefore,
			chunks: Math.ceil((59 - sentBefore) / 10),
			failedChunks: [],
			notSent: [],
			sentInAll: 59,
			totalInAll: `${kroner(good)} NOK`,
			missing: 0,
		});
		const [bad, ...others] = refused as Array<Record<string, string>>;
		assert.equal(others.length, 0);
		assert.equal(bad.cardId, `${campaign}-034`);
		assert.match(bad.reason, /^Amount: 'fem hundre'/);
		console.log(
			`60 rows: ${before} cards after two kills, ${figures.issued} issued and ${figures.recovered} given ` +
				`new codes by the last run; ${emails().length} e-mails to 59 people`,
		);
	});

	it('keeps no codes in n8n', async () => {
		const { client } = house();
		const codes = cards().flatMap(({ tokens }) => tokens);
		assert.ok(codes.length >= 59);
		for (const { id } of await client.executions(workflow)) {
			const text = JSON.stringify(await client.execution(id));
			for (const code of codes) assert.ok(!text.includes(code), `execution ${id} holds a code`);
		}
	});

	it('does nothing when it is run once more', async () => {
		const [emailsBefore, requests] = [emails().length, house().sandbox.count()];
		const { issued, recovered, sent, sentInAll } = report(await run());
		assert.deepEqual([issued, recovered, sent, sentInAll], [0, 0, 0, 59]);
		assert.equal(emails().length, emailsBefore);
		assert.equal(house().sandbox.count(), requests);
	});

	it('refuses rows that would reach the wrong person', async () => {
		const more = [
			{ reference: '061', email: 'person61@example.com', amount: '10' },
			{ reference: '061', email: 'person62@example.com', amount: '10' }, // there twice
			{ reference: '', email: 'person63@example.com', amount: '10' },
			{ reference: '064', email: 'person64', amount: '10' },
		];
		const changed = { ...people[0], email: 'person65@example.com' }; // 001 was sent to another
		await write([changed, ...people.slice(1), ...more]);
		await fill();
		const emailsBefore = emails().length;
		const { refused, issued } = report(await run());
		assert.equal(issued, 1);
		assert.equal(emails().length, emailsBefore + 1);
		agrees([...good, more[0]]);
		const reasons = (refused as Array<Record<string, string>>).map(({ reason }) => reason);
		assert.equal(reasons.length, 5, reasons.join('\n'));
		for (const [index, expected] of [
			/^This reference was used before: person1@example\.com was sent 100\.50 NOK\./,
			/^Amount: /,
			/^Card ID: 'large-2026-061' is also the ID of item 61/,
			/^Card ID: /,
			/^Email: 'person64' is not an e-mail address/,
		].entries())
			assert.match(reasons[index], expected);
	});

	it('sends again what the mail server did not take, and reports what Dintero refuses', async () => {
		const { mailbox } = house();
		const rows = [
			{ reference: '071', email: 'person71@example.com', amount: '10' },
			{ reference: '072', email: 'person72@example.com', amount: '10' },
		];
		await write(rows);
		mailbox.refusing = true;
		const first = report(await run().finally(() => (mailbox.refusing = false)));
		assert.deepEqual([first.issued, first.sent, first.missing], [2, 0, 2]);
		assert.match(String((first.notSent as Array<{ reason: string }>)[0].reason), /no such mailbox/);

		// In between somebody changes an amount: the card is there with another one and is left alone.
		await fill(1); // a chunk in which nothing is issued must not end the loop
		await write([{ ...rows[0], amount: '11' }, rows[1]]);
		const second = report(await run());
		assert.deepEqual([second.issued, second.recovered, second.sent], [0, 1, 1]);
		const [refused] = second.refused as Array<Record<string, string>>;
		assert.equal(refused.cardId, `${campaign}-071`);
		assert.match(refused.reason, /differs in/);

		await fill();
		await write(rows);
		const third = report(await run());
		assert.deepEqual([third.recovered, third.sentInAll, third.missing], [1, 2, 0]);
		agrees([...good, { reference: '061', email: 'person61@example.com', amount: '10' }, ...rows]);
	});

	it('stops issuing when no e-mail goes out, and goes on when they do', async () => {
		const { mailbox } = house();
		const rows = Array.from({ length: 25 }, (_, index) => ({
			reference: `${100 + index}`,
			email: `person${100 + index}@example.com`,
			amount: '20',
		}));
		await write(rows);
		const before = cards().length;
		mailbox.refusing = true;
		const stopped = await run().finally(() => (mailbox.refusing = false));
		assert.equal(stopped.status, 'error');
		const { message = '' } = stopped.runs['How did they go?'][0].error ?? {};
		assert.match(message, /^None of the last 20 e-mails was taken: .*no such mailbox/);
		assert.equal(cards().length, before + 20);
		const { issued, recovered, missing } = report(await run());
		assert.deepEqual([issued, recovered, missing], [5, 20, 0]);
		for (const { reference, email } of rows) {
			const text = lastEmailTo(email)?.text ?? '';
			const [, token, pin] = /Card number: (\d{16})\s+PIN: (\d{4})/.exec(text) ?? [];
			assert.equal(house().sandbox.books.opens(token, pin), `${campaign}-${reference}`);
		}
	});
}
