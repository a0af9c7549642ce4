/** The filters of the transaction list. */
import { ApiError } from '../errors.mts';
import type { SandboxContext } from '../context.mts';
import type { Payment } from './rows.mts';

type Test = (payment: Payment) => boolean;

export function productType(context: SandboxContext, { usedCard, method }: Payment): string {
	const cardNamed = usedCard && context.switches.mixedPaymentType === 'dintero.wallets';
	return method === undefined || cardNamed ? 'dintero.wallets' : method;
}

/** @param query numbers are already parsed, repeated parameters are arrays */
export function filterPayments(
	context: SandboxContext,
	payments: Payment[],
	query: Record<string, unknown>,
): Payment[] {
	const tests = [
		anyOf(query.id, ({ id }) => id),
		anyOf(query.status, ({ status }) => status),
		anyOf(query.payment_product_type, (payment) => productType(context, payment)),
		anyOf(query.payment_product, (payment) => productType(context, payment).split('.')[0]),
		anyOf(query.session_id, ({ sessionId }) => sessionId),
		anyOf(query.store_id, ({ order }) => (order.store as { id?: string } | undefined)?.id),
		anyOf(query.currency, ({ currency }) => currency),
		// No payment in the sandbox has these.
		...[
			'card_brand',
			'token_id',
			'payout_destination_id',
			'payout_correlation_id',
			'terminal_id',
		].map((name) => anyOf(query[name], () => undefined)),
		anyOf(query.channel, ({ channel }) => channel ?? 'ecommerce'),
		anyOf(query.payment_operation, () => 'unscheduled_purchase'),
		anyOf(query.merchant_reference, ({ order }) => order.merchant_reference),
		anyOf(query.merchant_reference_2, ({ order }) => order.merchant_reference_2),
		anyOf(query.customer_id, ({ customer }) => customer?.customer_id),
		anyOf(query.amount, ({ amount }) => amount),
		...range(query, 'amount', Number, ({ amount }) => [amount]),
		...range(query, 'created_at', timeOf, ({ createdAt }) => [createdAt]),
		...range(query, 'captured_at', timeOf, (payment) => timesOf(payment, 'CAPTURE')),
		...range(query, 'refunded_at', timeOf, (payment) => timesOf(payment, 'REFUND')),
		search(query.search),
	].filter((test) => test !== undefined);
	return payments.filter((payment) => tests.every((test) => test(payment)));
}

function anyOf(wanted: unknown, member: (payment: Payment) => unknown): Test | undefined {
	if (wanted === undefined) return undefined;
	const values: unknown[] = Array.isArray(wanted) ? wanted : [wanted];
	return (payment) => values.includes(member(payment));
}

function range(
	query: Record<string, unknown>,
	name: string,
	read: (text: string, upper: boolean) => number,
	members: (payment: Payment) => number[],
): Array<Test | undefined> {
	const limit = (end: 'gte' | 'lte') => {
		const given = query[`${name}.${end}`];
		return given === undefined ? undefined : read(String(given), end === 'lte');
	};
	const [from, to] = [limit('gte'), limit('lte')];
	if (from === undefined && to === undefined) return [];
	return [
		(payment) =>
			members(payment).some((value) => value >= (from ?? -Infinity) && value <= (to ?? Infinity)),
	];
}

const dateOnly = /^\d{4}-\d\d-\d\d$/;

/** Without a time zone it is UTC; a bare date as an upper limit includes that whole day. */
function timeOf(text: string, upper: boolean): number {
	const zoned = dateOnly.test(text) || /(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
	const time = Date.parse(zoned ? text : `${text}Z`);
	if (Number.isNaN(time)) {
		throw new ApiError(400, 'INVALID_REQUEST_PARAMETER', `${text} is not a date`);
	}
	return upper && dateOnly.test(text) ? time + 86_400_000 : time;
}

const timesOf = ({ events }: Payment, name: string) =>
	events
		.filter(({ event, success }) => event === name && success)
		.map(({ created_at }) => Date.parse(created_at));

function search(wanted: unknown): Test | undefined {
	if (typeof wanted !== 'string') return undefined;
	return ({ id, sessionId, order, customer }) => {
		const address = order.shipping_address as Record<string, unknown> | undefined;
		return [
			id,
			sessionId,
			order.merchant_reference,
			order.merchant_reference_2,
			customer?.phone_number,
			customer?.email,
			address && `${String(address.first_name)} ${String(address.last_name)}`,
		].includes(wanted);
	};
}
