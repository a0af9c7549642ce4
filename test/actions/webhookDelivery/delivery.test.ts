/** What is shown of a delivery: no secret, whatever the type of the body that Dintero's log gives. */
import type { IDataObject } from 'n8n-workflow';
import {
	redactedDelivery,
	simpleDelivery,
} from '../../../nodes/Dintero/actions/webhookDelivery/delivery';

const secret = 'a1b2'.repeat(16);
const ping = {
	id: 'sub-1',
	config: { url: 'https://n8n.shop.no/webhook/x', secret: { type: 'HMAC-SHA1', value: secret } },
	events: ['wallet_transaction'],
};
const delivery = (body: unknown, answer: unknown = 'pong'): IDataObject =>
	({
		id: 'd',
		status: 200,
		request: { headers: { event: 'ping' }, body },
		response: { body: answer },
	}) as IDataObject;
const shown = (one: IDataObject) => JSON.stringify([redactedDelivery(one), simpleDelivery(one)]);

const bodies: Array<[string, unknown]> = [
	['an object', ping],
	['text', JSON.stringify(ping)],
	['text with line breaks and a byte order mark', `\ufeff${JSON.stringify(ping, null, 2)}`],
	['text within text', JSON.stringify(JSON.stringify(ping))],
	['bytes', { type: 'Buffer', data: [...Buffer.from(JSON.stringify(ping))] }],
	['a list', [ping]],
	['in an envelope', { event: 'ping', subscription: ping }],
	['text in an envelope', { event: 'ping', subscription: JSON.stringify(ping) }],
	['text cut short', JSON.stringify(ping).slice(0, -3)],
	['a plain secret', { config: { secret } }],
];
test.each(bodies)('no secret of a ping whose body is %s', (_what, body) => {
	expect(shown(delivery(body))).not.toContain(secret);
});
test.each(bodies)('no secret when the receiver sends back %s', (_what, body) => {
	expect(shown(delivery({}, body))).not.toContain(secret);
});

test('everything else stays as it was sent', () => {
	const body = {
		event: 'wallet_transaction',
		transaction: { id: 't', amount: 1, list: [1, null] },
	};
	for (const given of [body, JSON.stringify(body, null, 2), 'plain', 7, null])
		expect(simpleDelivery(delivery(given)).body).toEqual(given ?? undefined);
});
