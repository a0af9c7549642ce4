/** The sessions that Dintero refuses when gift cards are enabled. */
import { findCard, isExpired } from '../card-view.mts';
import { ApiError } from '../errors.mts';
import type { CardRow } from '../store.mts';
import type { SandboxContext } from '../context.mts';
import type { SessionRequest } from './rows.mts';

/** Source: Dintero's specification. Creating a session with one of these and gift cards fails. */
const excluded = new Set([
	'vipps',
	'swish.swish',
	'klarna.billie',
	'instabank',
	'collector',
	'netaxept',
]);
/** Source: Dintero's guide. These work together with gift cards. */
const supported = ['payex', 'bambora', 'dintero_psp.creditcard', 'klarna.klarna', 'dintero'];

const refuse = (message: string): never => {
	throw new ApiError(400, 'INVALID_REQUEST_PARAMETER', message);
};

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

/** The payment types a configuration enables, as `provider.product`, or `vipps`. */
function enabledTypes(configuration: Record<string, unknown> = {}): string[] {
	return Object.entries(configuration).flatMap(([provider, settings]) => {
		if (!isObject(settings)) return [];
		if (settings.enabled === true) return provider === 'active_payment_types' ? [] : [provider];
		return Object.entries(settings).flatMap(([product, value]) =>
			isObject(value) && value.enabled === true ? [`${provider}.${product}`] : [],
		);
	});
}

const giftCardsIn = ({ configuration }: SessionRequest) =>
	enabledTypes(configuration).includes('dintero.wallets');

/** Whether the payer can use a gift card in this session. */
export function takesGiftCards(context: SandboxContext, request: SessionRequest): boolean {
	if (!request.express) return false;
	return giftCardsIn(request) || context.switches.profileGiftCards;
}

/** The payment types for the rest of an order. */
export function otherMethods(context: SandboxContext, request: SessionRequest): string[] {
	const types = [...context.switches.profilePaymentTypes, ...enabledTypes(request.configuration)];
	return [...new Set(types)].filter((type) => type !== 'dintero.wallets');
}

/** @throws ApiError */
export function checkSession(
	context: SandboxContext,
	account: string,
	request: SessionRequest,
): void {
	const { switches } = context;
	const { order, express, customer } = request;
	const lines = order.items ?? [];
	if (switches.sessionLines !== null && lines.length > switches.sessionLines) {
		refuse(`order.items holds more than ${switches.sessionLines} lines`);
	}
	const ids = lines.flatMap(({ line_id }) => (line_id === undefined ? [] : [line_id]));
	if (new Set(ids).size < ids.length) refuse('line_id is not unique');
	const offered = customer?.gift_cards?.['dintero.wallets'];
	if (!giftCardsIn(request) && !(switches.profileGiftCards && express) && !offered) return;
	if (!express) refuse('Gift cards are only available in Express sessions');
	if (lines.some(({ splits }) => Array.isArray(splits) && splits.length > 0)) {
		refuse('Gift cards are not available together with splits');
	}
	checkTypes(context, request);
	if (switches.preloadedUnusableCard === 'accept') return;
	for (const { card_id } of offered ?? []) {
		const reason = whyUnusable(context, findCard(context, account, card_id), order.currency);
		if (reason) refuse(`The gift card cannot be used: ${reason}`);
	}
}

function checkTypes(context: SandboxContext, request: SessionRequest): void {
	const { profileConflicts, unlistedPaymentTypes, profilePaymentTypes } = context.switches;
	const own = enabledTypes(request.configuration);
	const all = profileConflicts === 'refuse' ? [...own, ...profilePaymentTypes] : own;
	for (const type of all) {
		const [provider] = type.split('.');
		if (excluded.has(type) || excluded.has(provider)) {
			refuse(`dintero.wallets can't be enabled together with ${type}`);
		}
		const listed = supported.some((name) => type === name || provider === name);
		if (!listed && unlistedPaymentTypes === 'refuse') {
			refuse(`dintero.wallets can't be enabled together with ${type}`);
		}
	}
}

/** Why a card can't pay in this currency, in the words of the payment page. */
export function whyUnusable(
	context: SandboxContext,
	card: CardRow | undefined,
	currency: string,
): string | undefined {
	if (!card || card.deleted_at !== null) return 'no such card';
	if (card.status !== 'active') return 'it is inactive';
	if (isExpired(context, card)) return 'it has expired';
	if (card.active_from !== null && context.clock.now() < card.active_from) {
		return 'it is not active yet';
	}
	if (card.currency !== currency) return `it is in ${card.currency}`;
	if (card.funds - card.drawn - card.pending <= 0) return 'it is empty';
	return undefined;
}
