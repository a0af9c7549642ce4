// The Checkout orders on the sandbox's page, and the shop's actions: capture, refund, void.
import { $, ask, element, minorOf, money } from './dom.js';

let shown;

function act(order, kind) {
	let amount;
	if (kind !== 'void') {
		const most = kind === 'capture' ? order.held : order.kept;
		const typed = prompt(`How much to ${kind}?`, (most / 100).toFixed(2));
		if (typed === null) return;
		amount = minorOf(typed);
		if (amount === undefined) return alert('Write the amount like 100 or 99,50.');
	}
	const path = `/checkout/payments/${encodeURIComponent(order.id)}/${kind}`;
	ask('POST', path, { amount }).then(refreshOrders, (error) => alert(error.message));
}

function decide(order, authorized) {
	const path = `/checkout/payments/${encodeURIComponent(order.id)}/decide`;
	ask('POST', path, { authorized }).then(refreshOrders, (error) => alert(error.message));
}

function row(order) {
	const { reference, status, amount, currency, card, other, held, kept } = order;
	const button = (text, onclick) =>
		element('button', { type: 'button', className: 'small', onclick }, text);
	const actions = [
		...(status === 'ON_HOLD'
			? [button('Accept', () => decide(order, true)), button('Reject', () => decide(order, false))]
			: []),
		...(held > 0 && status !== 'ON_HOLD' ? [button('Capture', () => act(order, 'capture'))] : []),
		...(kept > 0 ? [button('Refund', () => act(order, 'refund'))] : []),
		...(held > 0 && status !== 'ON_HOLD' ? [button('Void', () => act(order, 'void'))] : []),
	];
	const part = ({ captured, refunded }) => money(captured - refunded, currency);
	return element(
		'tr',
		{},
		element('td', {}, String(reference)),
		element('td', {}, status),
		element('td', { className: 'number' }, money(amount, currency)),
		element('td', { className: 'number' }, part(card)),
		element('td', { className: 'number' }, part(other)),
		element('td', {}, ...actions),
	);
}

export async function refreshOrders() {
	const orders = await ask('GET', '/checkout/payments');
	const text = JSON.stringify(orders);
	if (text === shown) return;
	shown = text;
	$('orders').replaceChildren(
		...(orders.length > 0
			? orders.map(row)
			: [
					element(
						'tr',
						{},
						element('td', { colSpan: 6, className: 'empty' }, 'No order has been paid yet.'),
					),
				]),
	);
}
