import { startSandbox, type Sandbox } from '../../sandbox/sandbox.mts';
import { withFiles } from '../package/fixtures.mts';
import { clientFor, getToken } from '../sandbox/client.mts';
import { secretsWritten } from './writtenLogs.mts';

let sandbox: Sandbox;
beforeEach(async () => (sandbox = await startSandbox()));
afterEach(async () => await sandbox.stop());

const search = async (log: string) =>
	await withFiles({ 'n8n.log': log }, (folder) => secretsWritten(sandbox, [`${folder}/n8n.log`]));

const quiet = 'n8n is ready and has nothing to say\n'.repeat(5);

test('finds the lines that tell a secret, and no other', async () => {
	const { data } = await getToken(sandbox.apiUrl, sandbox.account);
	const api = clientFor(sandbox.apiUrl, sandbox.account, data.access_token as string);
	for (const card_id of ['a', 'b'])
		await api.post('/wallets/cards', {
			card_id,
			amount: 100,
			currency: 'NOK',
			type: 'gift_card',
			card_token: { expires_in: 3600, expires_after_transaction: false },
		});
	const [token] = sandbox.books.card('b')!.tokens;
	const told = [`the card ${token} was made`, `signing in with ${sandbox.account.clientSecret}`];
	expect(await search(`${quiet}${told.join('\n')}\n${quiet}`)).toEqual(told);
	expect(await search(quiet)).toEqual([]);
	await expect(search('')).rejects.toThrow('would prove nothing');
});

test('is no proof without secrets to search for', async () => {
	await expect(search(quiet)).rejects.toThrow('would prove nothing');
});
