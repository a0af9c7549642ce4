// The payment page: pays an order with a gift card (number and PIN) and the rest with a simulated bank card.
import { $, ask, element, money } from './dom.js';

const id = decodeURIComponent(location.pathname.split('/').pop());
const path = `/checkout/pages/${encodeURIComponent(id)}`;
let page;

function say(where, text, tone) {
	$(where).replaceChildren(text);
	$(where).className = tone;
}

function close(...content) {
	$('gift').hidden = true;
	$('rest').replaceChildren(element('p', { id: 'closed', role: 'status' }, ...content));
}

function show() {
	const { amount, currency, reference, items, cardPart } = page;
	$('reference').textContent = reference;
	$('total').textContent = money(amount, currency);
	$('lines').replaceChildren(
		...items.map((line) =>
			element(
				'tr',
				{},
				element('td', {}, `${line.quantity ?? 1} × ${line.description ?? line.id ?? ''}`),
				element('td', { className: 'number' }, money(line.amount ?? 0, currency)),
			),
		),
	);
	$('left').textContent =
		cardPart > 0
			? `${money(cardPart, currency)} by gift card, ${money(amount - cardPart, currency)} left`
			: '';
	$('by').hidden = cardPart >= amount;
}

function setUp() {
	const { giftCards, offered, methods } = page;
	$('gift').hidden = !giftCards;
	const choice = $('unlock').offered;
	choice.append(
		...offered.map(({ cardId, number }) => new Option(number, cardId)),
		new Option('Another card', ''),
	);
	$('offers').hidden = offered.length === 0;
	const typed = () => ($('typed').hidden = choice.value !== '');
	choice.onchange = typed;
	typed();
	$('pay').method.append(...methods.map((method) => new Option(method, method)));
	show();
}

$('unlock').onsubmit = async (event) => {
	event.preventDefault();
	const { offered, token, pin } = event.target;
	try {
		const { cardPart } = await ask('POST', `${path}/unlock`, {
			...(offered.value ? { cardId: offered.value } : { token: token.value.replaceAll(/\s/g, '') }),
			pin: pin.value.trim(),
		});
		page.cardPart = cardPart;
		say('unlocked', `The gift card pays ${money(cardPart, page.currency)}.`, 'good');
		show();
	} catch (error) {
		say('unlocked', error.message, 'bad');
	}
};

$('pay').onsubmit = async (event) => {
	event.preventDefault();
	const { email, method, outcome } = event.target;
	try {
		const { id: transaction, status } = await ask('POST', `${path}/pay`, {
			method: method.value,
			outcome: outcome.value,
			...(email.value
				? { address: { email: email.value, first_name: 'Anna', last_name: 'Berg' } }
				: {}),
		});
		const back = new URL(page.returnUrl);
		back.searchParams.set('transaction_id', transaction);
		back.searchParams.set('merchant_reference', page.reference);
		if (status === 'DECLINED') return say('paid', 'The bank said no. Try again.', 'bad');
		if (status === 'FAILED') return say('paid', 'The payment failed. Try again.', 'bad');
		close(
			status === 'ON_HOLD' ? 'The payment is being checked. ' : 'Thank you, the order is paid. ',
			element('a', { href: back.href }, 'Back to the shop'),
		);
	} catch (error) {
		say('paid', error.message, 'bad');
	}
};

$('leave').onclick = async () => {
	await ask('POST', `${path}/leave`, {}).catch(() => undefined);
	close('You have left the payment. The link still works.');
};

try {
	page = await ask('GET', path);
	setUp();
} catch (error) {
	close(error.message);
}
