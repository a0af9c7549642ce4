import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, it } from 'node:test';
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.mts';
import { importExample, succeeded, type ExamplesEnvironment } from './environment.mts';

const day = 86_400_000;
const kinds = ['issued', 'refunded', 'used', 'expired', 'outstanding'] as const;
type Sums = Record<(typeof kinds)[number], number>;

/** A month in Oslo, the time zone of n8n in these tests. */
const monthOf = (time: number) =>
	new Date(time).toLocaleDateString('sv-SE', { timeZone: 'Europe/Oslo' }).slice(0, 7);

/** Dintero's API as a till or a web shop calls it, without the node. */
async function callsTo(sandbox: Sandbox) {
	const { accountId, clientId, clientSecret } = sandbox.account;
	const post = async (path: string, body: object, authorization: string) => {
		const answer = await fetch(`${sandbox.apiUrl}/accounts/${accountId}${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', authorization },
			body: JSON.stringify(body),
		});
		const text = await answer.text();
		assert.ok(answer.ok, `${path}: ${text}`);
		return JSON.parse(text) as Record<string, string>;
	};
	const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
	const audience = `${sandbox.apiUrl}/accounts/${accountId}`;
	const call = async (path: string, body: object) => {
		const grant = { grant_type: 'client_credentials', audience };
		const { access_token } = await post('/auth/token', grant, basic);
		return await post(path, body, `Bearer ${access_token}`);
	};
	return {
		issue: async (card_id: string, amount: number, currency: string, more: object = {}) =>
			await call('/wallets/cards', { card_id, amount, currency, type: 'gift_card', ...more }),
		move: async (card_id: string, amount: number, currency: string, more: object = {}) =>
			await call('/wallets/transactions', {
				ref_id: randomUUID(),
				card_id,
				amount,
				currency,
				...more,
			}),
		settle: async (id: string, how: 'capture' | 'void', amount: number) =>
			await call(`/wallets/transactions/${id}/${how}`, {
				ref_id: randomUUID(),
				...(how === 'capture' ? { amount } : {}),
			}),
	};
}

export function bookkeeperReport(environment: () => ExamplesEnvironment): void {
	let sandbox: Sandbox;
	/** When the cards end that end within the test. */
	const ends = new Map<string, number>();
	const refunds = new Set<string>();
	const moves = new Set<string>();

	before(async () => {
		sandbox = await startSandbox();
		const { issue, move, settle } = await callsTo(sandbox);
		sandbox.advance(-400 * day);
		await issue('NOK-old', 100_001, 'NOK');
		await move('NOK-old', 33_333, 'NOK', { type: 'drawdown' });
		await issue('EUR-1', 2_550, 'EUR');
		await issue('SEK-1', 500_000, 'SEK');
		ends.set('NOK-ended', Date.now() - 100 * day);
		await issue('NOK-ended', 70_007, 'NOK', { expires_at: iso(Date.now() - 100 * day) });
		await move('NOK-ended', 7, 'NOK', { type: 'drawdown' });
		sandbox.advance(230 * day);
		await issue('NOK-1', 50_000, 'NOK');
		const sale = await move('NOK-old', 10_010, 'NOK', { type: 'drawdown' });
		await move('EUR-1', 1, 'EUR', { type: 'drawdown' });
		await move('SEK-1', 123_456, 'SEK', { type: 'drawdown' });
		sandbox.advance(100 * day);
		await move('NOK-1', 20_000, 'NOK', { type: 'fund' });
		const ref_id = `refund-${sale.ref_id}`;
		refunds.add(ref_id);
		await move('NOK-old', 5_005, 'NOK', { type: 'fund', ref_id });
		// Two of the node's own operations: a refund, and a lost card whose balance is on a new one.
		const node = `r-1 refund ${'a'.repeat(12)}`;
		refunds.add(node);
		await move('NOK-old', 1_000, 'NOK', { type: 'fund', ref_id: node });
		await issue('NOK-lost', 40_000, 'NOK');
		moves.add('n8n replacement 0123456789ab');
		await move('NOK-lost', 40_000, 'NOK', { type: 'drawdown', ref_id: [...moves][0] });
		await issue('NOK-lost-replacement', 40_000, 'NOK');
		const one = await move('NOK-1', 9_000, 'NOK', { type: 'drawdown', pending: true });
		await settle(one.id, 'capture', 9_000);
		const two = await move('NOK-1', 1_111, 'NOK', { type: 'drawdown', pending: true });
		await settle(two.id, 'void', 1_111);
		await move('NOK-1', 2_222, 'NOK', { type: 'drawdown', pending: true });
		sandbox.advance(70 * day);
	});
	after(async () => await sandbox.stop());

	const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;

	/** The same report from the sandbox's books. */
	function books(): Map<string, Map<string, Sums>> {
		const cards = new Map(sandbox.books.cards().map((card) => [card.cardId, card]));
		const report = new Map<string, Map<string, Sums>>();
		const sums = (currency: string, month: string): Sums => {
			if (!report.has(currency)) report.set(currency, new Map());
			const months = report.get(currency) as Map<string, Sums>;
			if (!months.has(month))
				months.set(month, { issued: 0, refunded: 0, used: 0, expired: 0, outstanding: 0 });
			return months.get(month) as Sums;
		};
		const add = (currency: string, time: number, kind: keyof Sums, amount: number) => {
			sums(currency, monthOf(time))[kind] += amount;
			sums(currency, 'total')[kind] += amount;
		};
		for (const one of sandbox.books.transactions()) {
			const { kind, amount, currency, createdAt, refId, cardId } = one;
			if (moves.has(refId) || cardId === 'NOK-lost-replacement') continue;
			if (kind === 'fund')
				add(currency, createdAt, refunds.has(refId) ? 'refunded' : 'issued', amount);
			if (kind === 'drawdown' || kind === 'capture') add(currency, createdAt, 'used', amount);
		}
		for (const { cardId, balance, currency } of cards.values()) {
			const end = ends.get(cardId);
			if (end !== undefined) add(currency, end, 'expired', balance);
			else sums(currency, 'total').outstanding += balance;
		}
		for (const months of report.values()) {
			let standing = 0;
			for (const month of [...months.keys()].filter((name) => name !== 'total').sort()) {
				const sum = months.get(month) as Sums;
				standing += sum.issued + sum.refunded - sum.used - sum.expired;
				sum.outstanding = standing;
			}
		}
		return report;
	}

	for (const reading of ['state', 'action'] as const)
		it(`agrees with the books to the øre, when Dintero's types name the ${reading}`, async () => {
			sandbox.set({ transactionTypes: reading });
			const { client, mailbox } = environment();
			const { accountId, clientId, clientSecret } = sandbox.account;
			const data = { accountId, clientId, clientSecret, baseUrl: sandbox.apiUrl };
			const dinteroApi = await client.saveCredential('Dintero books', 'dinteroApi', data);
			const workflow = await importExample(environment(), 'bookkeeper-report', {
				settings: { shopName: 'Kaffebaren', language: 'no', reportTo: 'books@example.com' },
				credentials: { dinteroApi },
			});
			succeeded(await client.run(workflow, 'First of each month'));
			const email = mailbox.emails.at(-1);
			assert.deepEqual(email?.to, ['books@example.com']);
			const file = email.files[0].content.toString('utf8');
			assert.equal(file.charCodeAt(0), 0xfeff);
			const [heading, ...lines] = file.slice(1).trim().split('\r\n');
			assert.equal(heading, ['currency', 'month', ...kinds].join(';'));

			const wanted = books();
			const got = new Map<string, Map<string, Sums>>();
			for (const line of lines) {
				const [currency, month, ...values] = line.split(';');
				const numbers = values.map((value) => {
					assert.match(value, /^-?\d+,\d\d$/);
					return Number(value.replace(',', ''));
				});
				if (!got.has(currency)) got.set(currency, new Map());
				const sums = Object.fromEntries(kinds.map((kind, index) => [kind, numbers[index]]));
				got.get(currency)?.set(month, sums as Sums);
			}
			assert.deepEqual(sorted(got), sorted(wanted));
			const { balance } = sandbox.books.totals('NOK');
			const total = wanted.get('NOK')?.get('total');
			assert.equal((total?.outstanding ?? 0) + (total?.expired ?? 0), balance);

			assert.doesNotMatch(email.text, /går ikke opp/);
			assert.match(email.text, /NOK\s+Utstedt: 2\s800,08\s+Refundert: 60,05\s+Brukt: 523,50/);
			assert.match(email.html, /Utestående etter kortenes alder/);
			assert.match(email.html, /3\s765,44 SEK/);
			assert.match(email.html, /1 til 2 år/);
		});

	it('says so when there are no cards', async () => {
		const empty = await startSandbox();
		try {
			const { client, mailbox } = environment();
			const { accountId, clientId, clientSecret } = empty.account;
			const data = { accountId, clientId, clientSecret, baseUrl: empty.apiUrl };
			const dinteroApi = await client.saveCredential('Dintero empty', 'dinteroApi', data);
			const credentials = { dinteroApi };
			const settings = { language: 'en' };
			const workflow = await importExample(environment(), 'bookkeeper-report', {
				credentials,
				settings,
			});
			succeeded(await client.run(workflow, 'First of each month'));
			assert.match(mailbox.emails.at(-1)?.text ?? '', /There are no gift cards\./);
		} finally {
			await empty.stop();
		}
	});
}

const sorted = (report: Map<string, Map<string, Sums>>) =>
	Object.fromEntries(
		[...report]
			.sort()
			.map(([currency, months]) => [currency, Object.fromEntries([...months].sort())]),
	);
