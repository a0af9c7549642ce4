import { drift, type Subscription } from '../../nodes/Dintero/trigger/subscription';

const wanted = {
	id: 'sub-1',
	url: 'https://n8n.shop.no/webhook/a/webhook',
	events: ['wallet_transaction', 'customer_add'],
	secret: 'a'.repeat(64),
};

const right: Subscription = {
	id: 'sub-1',
	url: wanted.url,
	events: ['customer_add', 'wallet_transaction'],
	active: true,
	createdAt: '2026-11-22T10:00:00Z',
	masked: false,
	secretType: 'HMAC-SHA1',
};

test.each<[string, Partial<Subscription>]>([
	['in all that is known of it', {}],
	['with the mark of its secret, whatever its ID', { id: 'sub-2', mark: 'ffe054fe7ae0cb6d' }],
	['with its events in another order', { events: ['wallet_transaction', 'customer_add'] }],
	[
		'with an event listed twice',
		{ events: ['customer_add', 'wallet_transaction', 'customer_add'] },
	],
	['when Dintero shows nothing of its secret', { secretType: undefined }],
	['when Dintero shows its secret', { secret: wanted.secret }],
	['when Dintero shows stars for its secret', { secret: '********' }],
])('right %s', (_name, fields) => {
	expect(drift({ ...right, ...fields }, wanted)).toBeUndefined();
});

test.each<[string, Partial<Subscription>, RegExp]>([
	['another ID and no mark', { id: 'sub-2' }, /not made with the secret/],
	["another secret's mark", { mark: '0123456789abcdef' }, /not made with the secret/],
	['another URL', { url: `${wanted.url}-test` }, /another URL/],
	['one event less', { events: ['wallet_transaction'] }, /other events/],
	['one event more', { events: [...wanted.events, 'token_add'] }, /other events/],
	['another event', { events: ['wallet_transaction', 'token_add'] }, /other events/],
	['a pause', { active: false }, /paused/],
	['fields left out', { masked: true }, /leaves out fields/],
	['another kind of secret', { secretType: 'Authorization' }, /uses another signature type/],
	['another secret', { secret: 'b'.repeat(64) }, /another secret/],
])('not right with %s', (_name, fields, reason) => {
	expect(drift({ ...right, ...fields }, wanted)).toMatch(reason);
});

test('the reason never tells a secret', () => {
	expect(drift({ ...right, secret: 'b'.repeat(64) }, wanted)).not.toMatch(/[ab]{8}/);
});
