/** Checkout's promises, whatever Dintero's documentation leaves open. */
import { checkoutSwitches } from '../../sandbox/checkout/switches.mts';
import { checkoutRound, checkoutTurns, type Step } from './checkoutRound.mts';
import { combinations } from './rounds.mts';

jest.setTimeout(60_000);

/** What each request moves when it is done, in minor units. */
const ASKED: Record<string, Partial<Step['moved']>> = {
	'capture a part': { captured: 30_000 },
	'capture the rest': { captured: 20_000 },
	'refund a part': { refunded: 15_000 },
	'capture one parcel': { captured: 10_000 },
};
const NOTHING = { captured: 0, refunded: 0, voided: 0 };
const same = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other);

/** Whether what the user is told agrees with the books. @param before the request before this one */
function agrees(step: Step, before: Step | undefined, cardStays: boolean): boolean {
	const { name, outcome, refusal, moved, item = {} } = step;
	if (refusal !== undefined)
		return same(moved, NOTHING) && !/undefined|TypeError|Cannot read/.test(refusal);
	// A void releases what is left, and says how much that was; of the card's part it may only warn, see U77.
	const warned = cardStays && item.warning !== undefined;
	const released = { voided: Number(warned ? item.otherAmountMinor : item.amountMinor) };
	const request = name.replace(/ again$/, '');
	const asked = { ...NOTHING, ...(name.startsWith('void') ? released : ASKED[request]) };
	if (outcome === 'done' || outcome === 'recovered') return same(moved, asked);
	if (outcome === 'underWay') return same(moved, asked) || same(moved, NOTHING);
	if (outcome !== 'alreadyDone') return same(moved, NOTHING);
	// Done by the request before this one, and not again.
	const moves = request in ASKED || name.startsWith('void');
	const first = before?.name === request && (!moves || !same(before.moved, NOTHING));
	return first && same(moved, NOTHING);
}

const turns = [...checkoutTurns, ...combinations(10)].map(
	(turn, index) => [index + 1, turn] as const,
);

test('every Checkout switch is turned', () => {
	const turned = turns.flatMap(([, turn]) => Object.keys(turn));
	expect(Object.keys(checkoutSwitches).filter((name) => !turned.includes(name))).toEqual([]);
});

test.each(turns)('Checkout keeps its promises (turn %d)', async (_, turn) => {
	const round = await checkoutRound(turn);
	const cardStays = turn.voidAfterCapture === 'keep-card';
	const wrong = round.steps.filter((step, at, steps) => !agrees(step, steps[at - 1], cardStays));
	expect({ turn, wrong }).toEqual({ turn, wrong: [] });
	const expected = { listed: round.paid, canceled: 1, violations: [] };
	expect({ turn, ...round }).toMatchObject({ ...expected, balances: round.expectedBalances });
	// Only a payment processor that refuses makes the node refuse, or a void that Dintero does not allow (U77).
	const voidRefused = turn.voidAfterCapture === 400 ? /^void the rest/ : /^$/;
	const refusals = round.steps.filter(
		({ name, refusal }) => refusal !== undefined && !voidRefused.test(name),
	);
	const processorRefuses = turn.failingOperations || turn.acceptedOperations;
	if (!processorRefuses) expect({ turn, refusals }).toEqual({ turn, refusals: [] });
});
