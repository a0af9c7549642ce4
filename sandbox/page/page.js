// The sandbox's page: shows the books, refreshed every second, and pays with a gift card.
import { $, ask, element, minorOf, money } from './dom.js';
import { refreshOrders } from './orders.js';

const time = (milliseconds) => new Date(milliseconds).toLocaleTimeString('nb-NO');

/** Fills a table; new rows are highlighted. */
const seen = new Map();
function fill(id, rows, emptyText, columns) {
	const body = $(id);
	const known = seen.get(id);
	seen.set(id, new Set(rows.map(({ key }) => key)));
	const text = JSON.stringify(rows.map(({ key, cells }) => [key, cells.map(String)]));
	if (body.dataset.shown === text) return;
	body.dataset.shown = text;
	const made = rows.map(({ key, cells, classes = [], onUse, title = '' }) => {
		const row = element('tr', { title });
		if (known && !known.has(key)) row.className = 'fresh';
		if (onUse) {
			row.tabIndex = 0;
			row.onclick = onUse;
			row.onkeydown = (event) => event.key === 'Enter' && onUse();
		}
		cells.forEach((cell, index) =>
			row.append(element('td', { className: classes[index] ?? '' }, cell.node?.() ?? cell)),
		);
		return row;
	});
	const nothing = () =>
		element('tr', {}, element('td', { colSpan: columns, className: 'empty' }, emptyText));
	body.replaceChildren(...(made.length > 0 ? made : [nothing()]));
}

/** A colored word, comparable as text. */
const badge = (text, tone) => ({
	node: () => element('span', { className: `badge ${tone}` }, text),
	toString: () => text + tone,
});

const amountColumns = ['', '', 'number', 'number', 'number'];

function cardRow(card) {
	const { cardId, currency, tokens, pin, available, createdAt } = card;
	const token = tokens.at(-1);
	const status =
		card.status === 'active'
			? card.balance === card.amount
				? badge('unused', 'good')
				: badge(card.balance === 0 ? 'empty' : 'used', 'plain')
			: badge(card.status, '');
	return {
		key: card.id,
		cells: [
			cardId,
			status,
			money(card.amount, currency),
			money(card.balance, currency) +
				(available === card.balance ? '' : ` (${money(available, currency)} free)`),
			time(createdAt),
		],
		classes: amountColumns,
		title: token ? 'Click to pay with this card' : '',
		onUse: token && (() => usePayForm(token, pin)),
	};
}

/** Finds the transaction in an event, wherever the switch put it. */
function transactionIn(body) {
	return [body, ...Object.values(body)].find(
		(part) => part && typeof part === 'object' && 'ref_id' in part && 'amount' in part,
	);
}

function deliveryRow({ id, event, body, tries, delivered, final, subscriptionId }) {
	const transaction = transactionIn(body);
	const what = transaction
		? `${transaction.type} ${money(transaction.amount, transaction.currency)}` +
			(transaction.card_id ? ` · ${transaction.card_id}` : '')
		: event === 'ping'
			? 'the subscription itself'
			: '';
	const { status, at } = tries.at(-1);
	const shown = status ?? 'no answer';
	return {
		key: `${subscriptionId} ${id}`,
		cells: [
			event,
			what,
			badge(
				delivered || final ? `${shown}` : `${shown}, retrying`,
				delivered ? 'good' : final ? 'bad' : '',
			),
			String(tries.length),
			time(at),
		],
		classes: ['', 'wide', '', 'number', 'number'],
		title: body.config?.url ?? '',
	};
}

function subscriptionItem({ config, events, active, deleted_at, deleted_by, failures }) {
	const state = deleted_at
		? badge(`removed by ${deleted_by}`, 'bad')
		: active
			? badge(failures > 0 ? `${failures} failed in a row` : 'active', failures > 0 ? '' : 'good')
			: badge('paused', '');
	return element(
		'li',
		{},
		state.node(),
		` ${config.url}`,
		element('span', { className: 'quiet' }, events.join(', ')),
	);
}

function showCredential({ apiUrl, account }) {
	const entries = {
		'API base URL': apiUrl,
		'Account ID': account.accountId,
		'Client ID': account.clientId,
		'Client secret': account.clientSecret,
	};
	$('credential').replaceChildren(
		...Object.entries(entries).flatMap(([name, value]) => {
			const copy = element('button', { type: 'button', title: `Copy ${name}` }, 'Copy');
			copy.onclick = async () => {
				await navigator.clipboard.writeText(value);
				copy.textContent = 'Copied';
				setTimeout(() => (copy.textContent = 'Copy'), 1200);
			};
			return [element('dt', {}, name), element('dd', {}, value), copy];
		}),
	);
}

// ---- paying ----

const form = $('pay');

function usePayForm(token, pin) {
	form.token.value = token;
	form.pin.value = pin ?? '';
	form.amount.focus();
}

function say(text, tone) {
	$('paid').textContent = text;
	$('paid').className = tone;
}

form.onsubmit = async (event) => {
	event.preventDefault();
	const amount = minorOf(form.amount.value);
	if (amount === undefined) return say('Write the amount like 100 or 99,50.', 'bad');
	try {
		const paid = await ask('POST', '/pay', {
			token: form.token.value.trim(),
			...(form.pin.value ? { pin: form.pin.value.trim() } : {}),
			amount,
		});
		say(`Paid ${money(paid.amount, paid.currency)}.`, 'good');
		form.amount.value = '';
		await refresh();
	} catch (error) {
		say(error.message, 'bad');
	}
};

// ---- switches ----

async function showSwitches() {
	const switches = await ask('GET', '/switches');
	const rows = switches.flatMap(({ name, note, options, initial, value }) => {
		const set = (next) => ask('PUT', '/switches', { [name]: next }).then(showSwitches, complain);
		const complain = (error) => alert(error.message);
		const label = element(
			'div',
			{ className: JSON.stringify(value) === JSON.stringify(initial) ? '' : 'changed' },
			element('code', {}, name),
			element('small', {}, note),
		);
		if (options) {
			const select = element('select', { onchange: () => set(options[select.selectedIndex]) });
			select.append(...options.map((option) => new Option(String(option))));
			select.selectedIndex = options.findIndex((option) => option === value);
			select.ariaLabel = name;
			return [label, select];
		}
		const input = element('input', { value: JSON.stringify(value), ariaLabel: name });
		input.onchange = () => {
			try {
				set(JSON.parse(input.value));
			} catch {
				set(input.value);
			}
		};
		return [label, input];
	});
	document.querySelector('#switches .rows').replaceChildren(...rows);
}
$('switches').ontoggle = () => $('switches').open && showSwitches();
$('switches').open = location.hash === '#switches';

// ---- live ----

let shownAddress;
async function refresh() {
	const now = await ask('GET', '/overview');
	if (shownAddress !== now.apiUrl) {
		shownAddress = now.apiUrl;
		showCredential(now);
	}
	fill('cards', now.cards.map(cardRow), 'No cards yet. Issue one from n8n.', 5);
	fill(
		'deliveries',
		now.deliveries.map(deliveryRow),
		'Nothing sent yet. Publish a workflow with the Dintero Trigger, then pay.',
		5,
	);
	const subscriptions = now.subscriptions.map(subscriptionItem);
	$('subscriptions').replaceChildren(
		...(subscriptions.length > 0
			? subscriptions
			: [element('li', { className: 'quiet' }, 'None. A published Dintero Trigger makes one.')]),
	);
	$('totals').textContent = Object.entries(now.totals)
		.map(([currency, { cards, balance }]) => `${cards} with ${money(balance, currency)} left`)
		.join(', ');
	$('sending').textContent =
		now.deliveriesUnderWay > 0 ? `${now.deliveriesUnderWay} under way` : '';
	await refreshOrders();
	const problems = now.violations > 0 ? `${now.violations} requests broke the contract` : '';
	$('state').textContent = now.unavailable ? 'answering 503' : problems || 'running';
	$('state').className = `badge ${now.unavailable || problems ? 'bad' : 'good'}`;
}

async function live() {
	try {
		if (!document.hidden) await refresh();
	} catch {
		$('state').textContent = 'not reachable';
		$('state').className = 'badge bad';
	}
	setTimeout(live, 1000);
}
live();
