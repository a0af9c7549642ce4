import { checkContract, loadContract } from '../../sandbox/contract.mts';
import { omitFields, pickFields } from '../../sandbox/field-mask.mts';
import { operations } from '../../sandbox/operations.mts';
import { readme } from '../../sandbox/readme.mts';
import { axios, card, closeAll, open, runMain, sleep } from './client.mts';

describe('over HTTP', () => {
	let box: Awaited<ReturnType<typeof open>>;
	beforeEach(async () => {
		box = await open();
	});
	afterEach(closeAll);
	const admin = async (method: string, path: string, data?: object, headers: object = {}) => {
		const url = `${box.sandbox.url}/_sandbox${path}`;
		return axios.request({ method, url, data, headers, validateStatus: () => true });
	};

	test('switches, delay and faults can be turned', async () => {
		const turned = await admin('PUT', '/switches', { duplicateCard: 409 });
		expect(turned.data.duplicateCard).toBe(409);
		expect((await admin('PUT', '/switches', { nonsense: 1 })).status).toBe(400);
		await admin('PUT', '/delay', { delayMs: 5 });
		await admin('POST', '/faults', { kind: 'error-before', operationId: 'aid_cards_post', nth: 2 });
		const statuses = [];
		for (const id of ['a', 'b', 'a']) {
			statuses.push((await box.post('/wallets/cards', card(id))).status);
		}
		expect(statuses).toEqual([200, 500, 409]);
		expect((await admin('GET', '/faults')).data.report).toMatchObject([{ injected: 1 }]);
		const { data } = await admin('GET', '/state');
		expect(data).toMatchObject({ delayMs: 5, totals: { NOK: { cards: 1, balance: 50000 } } });
	});

	test('the books can be read and a card paid with', async () => {
		await box.post('/wallets/cards', card('a/b'));
		const { data } = await admin('GET', '/books/cards/a%2Fb');
		const { pin } = data;
		const token = data.tokens[0];
		expect((await admin('POST', '/books/opens', { token, pin })).data).toEqual({ cardId: 'a/b' });
		expect((await admin('POST', '/pay', { token, pin: 'no', amount: 1 })).status).toBe(403);
		expect((await admin('POST', '/pay', { token, pin, amount: 1 })).data.amount).toBe(1);
		expect((await admin('GET', '/books/transactions?card_id=a%2Fb')).data).toHaveLength(2);
		expect((await admin('GET', '/violations')).data).toEqual([]);
		expect((await admin('GET', '/overview')).data.cards[0].balance).toBe(49999);
	});

	test('it can be down for a while', async () => {
		expect((await admin('POST', '/down', { how: 'refuse' })).status).toBe(400);
		await admin('POST', '/down', { how: '503', forMs: 5000 });
		await sleep(60);
		expect((await box.get('/wallets/cards')).status).toBe(503);
		await admin('POST', '/up');
		expect((await box.get('/wallets/cards')).status).toBe(200);
	});

	test('other web sites have no access', async () => {
		const { status } = await admin('GET', '/state', undefined, { origin: 'https://evil.no' });
		expect(status).toBe(403);
	});

	test('the page loads nothing from elsewhere', async () => {
		const parts = ['/', '/page.css', '/page.js'].map(
			async (path) => (await axios.get(`${box.sandbox.url}${path}`)).data as string,
		);
		for (const text of await Promise.all(parts)) {
			expect(text).not.toMatch(/https?:\/\//);
			expect(text).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write/);
		}
	});
});

test('every operation of the contract is served', async () => {
	const names = (await loadContract()).map(({ operationId }) => operationId);
	expect(names.filter((name) => !operations[name])).toEqual(['aid_auths_oauth_token_post']);
	expect(Object.keys(operations).filter((name) => !names.includes(name))).toEqual([]);
});

test('the contract is a valid OpenAPI document', async () => {
	await expect(checkContract()).resolves.toBeUndefined();
});

test('the README lists the switches as they are', () => {
	const { is, shouldBe } = readme();
	const withoutAlignment = (text: string) => text.replaceAll(/[ -]+/g, ' ');
	expect(withoutAlignment(is)).toBe(withoutAlignment(shouldBe));
});

test('it runs alone, says how to reach it, and ends on Ctrl+C', async () => {
	const { printed, exitCode } = await runMain(['--port', '0', '--json', '--set', 'wrongPin=404']);
	expect(printed).toMatchObject({ accountId: 'T11223344', apiUrl: expect.stringMatching(/\/v1$/) });
	expect(exitCode).toBe(0);
});

test.each([
	['a,b', { a: 1, b: { c: 2, d: 3 } }],
	['b/c', { b: { c: 2 } }],
	['a, b(c), e', { a: 1, b: { c: 2 }, e: [{ f: 5, g: 6 }] }],
	['*/c', { b: { c: 2 }, a: 1, e: [{}] }],
	['e/f,a', { a: 1, e: [{ f: 5 }] }],
])('the field mask %p keeps what it names', (mask, kept) => {
	expect(pickFields({ a: 1, b: { c: 2, d: 3 }, e: [{ f: 5, g: 6 }] }, mask)).toEqual(kept);
});

test('fields can be left out by path', () => {
	expect(omitFields({ a: 1, b: { c: 2, d: 3 } }, ['a', 'b/c', 'x.y'])).toEqual({ b: { d: 3 } });
});
