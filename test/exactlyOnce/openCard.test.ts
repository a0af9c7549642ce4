import { openCard } from '../../nodes/Dintero/exactlyOnce/openCard';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

const card = { card_id: 'a', amount: 100 };

/** How it ended, as message and way out, and what was sent. */
async function opening(answers: Scripted[], pin?: string) {
	const { dintero, sent } = fakeDintero({ 'POST wallets/info': answers });
	const bodies = () => sent.map(({ body }) => body);
	try {
		return { card: await openCard(dintero, 'T', pin), error: '', sent, bodies };
	} catch (error) {
		const { message, description } = error as Error & { description?: string };
		return { card: undefined, error: `${message} | ${description}`, sent, bodies };
	}
}

test('a card is read with its token, and with the PIN where there is one', async () => {
	const plain = await opening([card]);
	expect(plain.card).toEqual(card);
	expect(plain.sent).toEqual([
		{ method: 'POST', path: 'wallets/info', repeat: 'safe', body: { token: 'T' } },
	]);
	expect((await opening([card], '1234')).bodies()).toEqual([{ token: 'T', pin: '1234' }]);
});

test('a refusal that goes away without the PIN is a wrong PIN, and nothing of the card is told', async () => {
	const { error, bodies } = await opening([{ fail: 400 }, card], '1234');
	expect(error).toBe('The PIN is wrong | Ask for it again and try once more.');
	expect(bodies()).toStrictEqual([{ token: 'T', pin: '1234' }, { token: 'T' }]);
});

test('a token nobody knows is called so', async () =>
	expect((await opening([{ fail: 400 }, { fail: 404 }], '1234')).error).toMatch(
		/^No card has this card token \| .*mistyped or expired/,
	));

test.each([[401], [403]])(
	'%i with and without the PIN may be a missing right, which is named',
	async (fail) =>
		expect((await opening([{ fail }], '1234')).error).toMatch(
			/^The PIN or the card token is wrong \| Check both\. .*right to look cards up.*write:wallets/,
		),
);

test('another refusal with and without the PIN leaves open which of them is wrong', async () =>
	expect((await opening([{ fail: 422 }], '1234')).error).toBe(
		'The PIN or the card token is wrong | Check both.',
	));

test.each<[Scripted]>([[{ fail: 'lost' }], [{ fail: 'bug' }]])(
	'a refusal stays a refusal when %j keeps its reason from being found out',
	async (answer) =>
		expect((await opening([{ fail: 422 }, answer], '1234')).error).toBe(
			'The PIN or the card token is wrong | Check both.',
		),
);

test('without a PIN a refusal is passed on, with the advice to fill it in', async () => {
	const { error, sent } = await opening([{ fail: 403 }]);
	expect(error).toMatch(/refused by the script \(403\).*\| If the card has a PIN, fill in 'PIN'\./);
	// The error's own advice stays.
	expect(error).toMatch(/write:wallets/);
	expect(sent).toHaveLength(1);
});

test('a token nobody knows needs no PIN', async () => {
	const { error } = await opening([{ fail: 404 }]);
	expect(error).toMatch(/404/);
	expect(error).not.toMatch(/fill in 'PIN'/);
});

test.each<[Scripted]>([
	[{ fail: 'lost' }],
	[{ fail: 'notSent' }],
	[{ fail: 'bug' }],
	[{ fail: 'signIn' }],
])('%j is reported as it is and says nothing about the PIN', async (answer) => {
	const { error, sent } = await opening([answer, card], '1234');
	expect(error).toMatch(/^(no answer|a mistake of our own) \| /);
	expect(error).not.toMatch(/PIN|token is wrong/);
	expect(sent).toHaveLength(1);
});
