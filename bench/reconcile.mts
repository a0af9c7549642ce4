/**
 * Counts the requests that `examples/reconcile` makes in an hour: a real n8n, the example as imported, and a sandbox
 * with many cards of which a few were used. Fails when there are more requests than allowed or a transaction is
 * missed.
 *
 *   npm run check -- reconcile [--cards=100000] [--changed=100]
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runFolder } from '../scripts/project.mts';
import { startEnvironment, saveCredential } from '../demo/environment.mts';
import { importExample, itemsOf, succeeded } from '../test/examples/environment.mts';

const option = (name: string, usual: number) =>
	Number(process.argv.find((text) => text.startsWith(`--${name}=`))?.split('=')[1] ?? usual);
const cards = option('cards', 100_000);
const changed = option('changed', 100);
/** The allowed requests: pages of 100 cards, the transactions of each changed card, and some for signing in. */
const most = Math.ceil(cards / 100) + changed + 100;

const folder = runFolder('bench-reconcile');
await rm(folder, { recursive: true, force: true });
const environment = await startEnvironment({ folder, files: path.join(folder, 'files') });
try {
	const { sandbox, client, credentialData } = environment;
	const { accountId, clientId, clientSecret, baseUrl } = credentialData;
	const account = `${baseUrl}/accounts/${accountId}`;
	const post = async (url: string, body: object, authorization: string) => {
		const headers = { authorization, 'content-type': 'application/json' };
		const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
		if (!answer.ok)
			throw new Error(`${url} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
		return (await answer.json()) as { access_token: string };
	};
	const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
	const audience = `https://api.dintero.com/v1/accounts/${accountId}`;
	const grant = { grant_type: 'client_credentials', audience };
	const { access_token: token } = await post(`${account}/auth/token`, grant, `Basic ${basic}`);
	const bearer = `Bearer ${token}`;
	for (let from = 0; from < cards; from += 1000) {
		const batch = Array.from({ length: Math.min(1000, cards - from) }, (_, n) => ({
			card_id: `card-${from + n}`,
			type: 'gift_card',
		}));
		await post(`${account}/wallets/cards/batch`, { cards: batch }, bearer);
	}
	await sleep(1100); // the sandbox writes whole seconds: the cards are older than the table
	const credentials = { dinteroApi: await saveCredential(environment) };
	const workflow = await importExample({ ...environment, credentials }, 'reconcile', {
		settings: { settleMinutes: 0 },
	});
	const look = async () => {
		sandbox.resetLog();
		const started = Date.now();
		const execution = succeeded(await client.run(workflow, 'Every hour', 590_000));
		const found = itemsOf(execution, 'Remember it').length;
		return { requests: sandbox.count(), seconds: (Date.now() - started) / 1000, found };
	};
	const say = (what: string, { requests, seconds, found }: Awaited<ReturnType<typeof look>>) =>
		console.log(`${what}: ${requests} requests, ${seconds.toFixed(0)} s, ${found} found`);

	const first = await look();
	say(`first look at ${cards} cards`, first);
	sandbox.set({ silentTransactions: ['activate'] });
	await sleep(1100);
	for (let n = 0; n < changed; n++) {
		const id = Math.floor((n * cards) / changed);
		const body = { amount: 50_000, currency: 'NOK' };
		await post(`${account}/wallets/cards/card-${id}/activate`, body, bearer);
	}
	await sleep(1100);
	const second = await look();
	say(`look after ${changed} changed`, second);
	// n8n returns an execution with all its items, which takes minutes when there are many.
	const third = cards > 10_000 ? undefined : await look();
	if (third) say('look after none changed', third);
	const right =
		first.found === 0 &&
		second.found === changed &&
		(third?.found ?? 0) === 0 &&
		[first, second, third].every((one) => (one?.requests ?? 0) <= most);
	console.log(right ? `✓ at most ${most} requests a look` : `✗ more than ${most}, or missed`);
	process.exitCode = right ? 0 : 1;
} finally {
	await environment.stop();
}
