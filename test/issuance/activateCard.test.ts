import type { IDataObject } from 'n8n-workflow';

import { activateCard, isActive } from '../../nodes/Dintero/issuance/activateCard';
import { markRequest } from '../../nodes/Dintero/issuance/origin';
import { fakeDintero, type Scripted } from './fakeDintero.mts';

const mark = 'n8n execution 1, item 1 [x]';
const request = markRequest({ amount: 100, currency: 'NOK' }, mark) as IDataObject & {
	amount: number;
	currency: string;
};
const activation = { cardId: 'a', request, mark };
const inactive = { card_id: 'a', status: 'inactive', amount: 0, currency: 'NOK' };
const ours = { card_id: 'a', status: 'unused', amount: 100, currency: 'NOK', originated_by: mark };
const theirs = { ...ours, originated_by: 'somebody' };

const activating = (posts: Scripted[], gets: Scripted[] = [inactive]) =>
	fakeDintero({ 'POST /activate': posts, 'GET cards/a': gets });

test('an answer that shows no mark is believed', async () => {
	const { dintero, sent } = activating([{ ...ours, originated_by: undefined } as never]);
	expect(await activateCard(dintero, activation, 'stop')).toMatchObject({ outcome: 'activated' });
	expect(sent).toHaveLength(1);
});

test('a success that shows a card somebody else activated is no success', async () => {
	const { dintero } = activating([theirs], [theirs]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow('is active already');
	const again = activating([theirs], [theirs]);
	expect(await activateCard(again.dintero, activation, 'return')).toMatchObject({
		outcome: 'alreadyActive',
	});
});

test('a mark in the metadata is seen too', async () => {
	const own = {
		...activation,
		request: markRequest({ ...request, originated_by: 'Till 3' }, mark),
	};
	const card = { ...ours, originated_by: 'Till 3', metadata: { n8n_origin: mark } };
	const { dintero } = activating([{ fail: 409 }], [card]);
	expect(await activateCard(dintero, own as never, 'stop')).toMatchObject({ outcome: 'recovered' });
});

test('a lost answer, then a refusal while the card is still inactive: it may come late, so it is asked again', async () => {
	const { dintero, sent } = activating(
		[{ fail: 'lost' }, { fail: 400 }, { fail: 400 }],
		[inactive, inactive, ours],
	);
	expect(await activateCard(dintero, activation, 'stop')).toMatchObject({ outcome: 'recovered' });
	expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(3);
});

test('a lost answer, then no way to reach Dintero: its fate is said to be open', async () => {
	const { dintero } = activating([{ fail: 'lost' }, { fail: 'notSent' }]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow(
		"did not say whether the gift card 'a' was activated",
	);
});

test('answers that are always lost end after a few tries', async () => {
	const { dintero, sent, pauses } = activating([{ fail: 'lost' }]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow('did not say whether');
	expect(sent.filter(({ method }) => method === 'POST')).toHaveLength(6);
	expect(pauses).toHaveLength(5);
});

test('a refusal of a card that is still inactive is Dintero’s word', async () => {
	const { dintero, sent } = activating([{ fail: 422 }]);
	await expect(activateCard(dintero, activation, 'stop')).rejects.toThrow(
		'refused by the script (422)',
	);
	expect(sent).toHaveLength(2);
});

test.each<[IDataObject, boolean]>([
	[{ status: 'inactive', amount: 100 }, false],
	[{ status: 'created' }, false],
	[{ status: 'unused', amount: 0 }, true],
	[{ status: 'whatever it is called' }, true],
	[{ amount: 0 }, false],
	[{ amount: '0', amount_balance: '5' }, true],
	[{ status: '', amount_funds: 1 }, true],
	[{}, false],
])('%p is active: %p', (card, active) => expect(isActive(card)).toBe(active));
