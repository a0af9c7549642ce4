import { NodeApiError, NodeOperationError, type IDataObject } from 'n8n-workflow';

import { formatAmount } from '../domain/money';
import { attempt } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { cardPath } from './cardPath';
import { isActive } from './cardState';
import { codeValue, type CodeOrder } from './codes';
import { withIds } from './errorIds';
import { inTurn } from './inTurn';
import {
	completeCard,
	differenceInMoney,
	findCard,
	issueCard,
	saysIssued,
	type CardOrder,
} from './issueCard';
import { checkSpendingLimit } from './limits';
import { replacementId, replacementIn, replacementReference } from './links';
import { REPLACED_BY_KEY, REPLACES_KEY } from './mark';
import { moveMoney } from './moveMoney';
import type { Origin } from './origin';
import { readCard } from './readCard';
import { isAmount, isText, lockedOn, transactionsOf } from './transactions';

/** What to do when another run, or somebody else, already replaced the card. */
export type IfReplaced = 'stop' | 'return' | 'reissue';

/** `replaced` now, `recovered` from an earlier attempt, `existing` untouched, `reissued` with new codes. */
export type ReplaceOutcome = 'replaced' | 'recovered' | 'existing' | 'reissued';

/** A lost card to replace, already validated. */
export interface Replacement {
	/** The lost card. */
	cardId: string;
	/** The user's own ID of the new card, or the one that is made from the old ID (`replacementId`). */
	newCardId: string;
	codes: Omit<CodeOrder, 'tokenLifetime'>;
	/** The lifetime of the new card token in seconds, by the card's expiry. */
	tokenLifetime: (expiresAt?: string) => number;
	ifReplaced: IfReplaced;
	origin: Origin;
	/** The credential's *Spending Limit*, unread. */
	spendingLimit: unknown;
}

export interface ReplacedCard {
	/** The new card, with its codes if they were made. */
	card: IDataObject;
	outcome: ReplaceOutcome;
	/** The amount moved to the new card, in minor units. */
	moved: number;
	currency: string;
	/** What can still be spent from the old card, in minor units: money added after the balance was moved. */
	leftOnOld: number;
	/** Whether the old card was given another PIN, which nobody has. */
	oldPinEnded: boolean;
}

/** Money that was drawn from the old card for the new one. */
interface Drawn {
	amount: number;
	currency: string;
}

/**
 * Moves the whole balance of a lost card to a new one, exactly once.
 *
 * Dintero cannot move money between cards, so there are several steps, and the run may stop between them.
 *
 * 1. Draw the whole available balance from the old card, with a reference that depends only on the new card's ID.
 * 2. Issue the new card with exactly the amount drawn.
 * 3. Give the old card a PIN that nobody has. That is the only way to block it; its card token continues to exist.
 *
 * Why this order: the money must never be on both cards. If the new card came first and the run stopped before the draw,
 * the finder of the lost card could spend its balance before the next run. A reservation instead of the draw could be
 * released, by hand or by Dintero, after the new card was issued. An empty new card that is topped up after the draw
 * would be one more state to recognize, and Dintero does not document the status of a card with no money. So between the
 * steps the money is on no card and cannot be spent. It is not lost: the draw on the old card names the amount and the
 * new card, for as long as Dintero keeps transactions.
 *
 * Every later try, in the same execution or another, finds what was done:
 * - no draw: nothing was done. Before the draw, the node checks that the new ID is free, the old card is active, and its
 *   money is not reserved.
 * - a draw but no new card: the node does step 2, whoever made the draw.
 * - both: the steps are done. This item's own new card gets new codes, because nobody has seen the lost ones. For another
 *   run's new card `ifReplaced` decides, because somebody may have its codes.
 *
 * Step 1 is made once by its reference (`moveMoney`), step 2 by the card's ID (`issueCard`). The new card keeps currency,
 * type, name, customer, expiry and the shop's own metadata of the old one, as far as Dintero shows them.
 * @throws NodeApiError when Dintero refuses, NodeOperationError when the card cannot be replaced, was replaced before, or
 * the outcome of a step is unknown, InvalidInput when the spending limit is lower
 */
export async function replaceCard(
	dintero: DinteroClient,
	replacement: Replacement,
): Promise<ReplacedCard> {
	const { cardId } = replacement;
	const work = inTurn(
		`${dintero.accountId} card ${cardId}`,
		async () => await replaceInTurn(dintero, replacement),
	);
	return await withIds({ cardId }, work);
}

async function replaceInTurn(
	dintero: DinteroClient,
	replacement: Replacement,
): Promise<ReplacedCard> {
	const { cardId, newCardId, ifReplaced, origin } = replacement;
	const old = await readCard(dintero, cardId);
	const earlier = await earlierDraw(dintero, replacement, old);
	const there = await findCard(dintero, newCardId);
	if (there && !earlier)
		throw linkOf(there) === cardId
			? replacedBefore(dintero, replacement, old)
			: idInUse(dintero, newCardId);
	const own = there !== undefined && origin.owns(there);
	if (there && earlier && differenceInMoney(earlier, there))
		throw differentCard(dintero, replacement, earlier);
	if (there && !own && ifReplaced === 'stop') throw replacedBefore(dintero, replacement, old);

	const drawn = earlier ?? (await draw(dintero, replacement, old));
	const order = orderOf(dintero, replacement, old, drawn);
	const work = there
		? completeCard(dintero, order, there, ifReplaced)
		: issueCard(dintero, order, 'stop');
	const { answer: issued, problem } = await attempt(work);
	if (problem !== undefined) throw there ? problem : withDrawnAmount(problem, replacement, drawn);
	const { card } = issued as NonNullable<typeof issued>;
	const outcome = issued?.outcome === 'created' ? 'replaced' : (issued?.outcome ?? 'recovered');
	return {
		card: { ...order.card, ...card },
		outcome: outcome === 'replaced' && earlier ? 'recovered' : outcome,
		moved: drawn.amount,
		currency: drawn.currency,
		leftOnOld: earlier ? (availableOn(old) ?? 0) : 0,
		oldPinEnded: outcome === 'existing' ? false : await endPin(dintero, cardId),
	};
}

/**
 * The draw that an earlier run made for this new card.
 * @throws NodeOperationError when the card was emptied for another new card, or that is unclear
 */
async function earlierDraw(
	dintero: DinteroClient,
	{ cardId, newCardId }: Replacement,
	old: IDataObject,
): Promise<Drawn | undefined> {
	const reference = replacementReference(newCardId);
	const { records, complete } = await transactionsOf(dintero, cardId);
	const found = records.find(({ ref_id, type }) => ref_id === reference && type !== 'fund');
	if (found && isAmount(found.amount))
		return { amount: Number(found.amount), currency: String(found.currency ?? old.currency) };
	const other = replacementIn(records, newCardId);
	if (other)
		throw operationError(
			dintero.node,
			`The gift card '${cardId}' was already replaced by ${other.newCardId === undefined ? 'a card with another ID' : `'${other.newCardId}'`}`,
			`${formatAmount(Number(other.draw.amount), String(other.draw.currency ?? '')).trim()} was drawn for it. If that card was never issued, run again with its ID in 'New Card ID'. If it was issued and lost too, replace that one.`,
		);
	// The reference prevents a second draw, but with an incomplete list a replaced card could look like a used-up one.
	const isWhole = complete && showsDraws(records, old);
	if (!isWhole && !(Number(availableOn(old)) > 0))
		throw operationError(
			dintero.node,
			`Dintero does not show all transactions of the gift card '${cardId}'`,
			'It has no money to move, and the node cannot tell whether it was replaced before. Run again in a minute; if it stays so, look for the new card in the Dintero Backoffice.',
		);
	return undefined;
}

/** Whether a list of transactions contains all that the card says was drawn: a list may be older than the card. */
function showsDraws(
	transactions: readonly IDataObject[],
	{ amount_drawdown: drawn }: IDataObject,
): boolean {
	if (!isAmount(drawn)) return true;
	const shown = transactions.filter(({ type }) => type !== 'fund' && type !== 'voided');
	return shown.reduce((sum, { amount }) => sum + Number(amount), 0) >= Number(drawn);
}

/** Tries of step 1, when the balance changes between reading and drawing. */
const DRAW_TRIES = 3;

/** Step 1. @throws NodeApiError, NodeOperationError when the card cannot be emptied */
async function draw(
	dintero: DinteroClient,
	replacement: Replacement,
	old: IDataObject,
): Promise<Drawn> {
	const { cardId } = replacement;
	let wanted = balanceToMove(dintero, replacement, old);
	for (let tries = 1; ; tries++) {
		checkSpendingLimit(wanted.amount, wanted.currency, replacement.spendingLimit, 'Card');
		const { answer, problem } = await attempt(drawOnce(dintero, replacement, wanted));
		if (answer) return answer;
		// A refused draw moved nothing. Somebody may have paid with the card since it was read.
		if (failureOf(problem)?.outcome !== 'refused' || tries >= DRAW_TRIES) throw problem;
		const { amount } = balanceToMove(dintero, replacement, await readCard(dintero, cardId));
		if (amount === wanted.amount) throw problem;
		wanted = { ...wanted, amount };
	}
}

async function drawOnce(
	dintero: DinteroClient,
	replacement: Replacement,
	{ amount, currency }: Drawn,
): Promise<Drawn> {
	const { cardId, newCardId, origin } = replacement;
	const { transaction } = await moveMoney(dintero, {
		what: 'charge',
		path: 'wallets/transactions',
		request: origin.mark.on(
			{
				ref_id: replacementReference(newCardId),
				card_id: cardId,
				amount,
				currency,
				type: 'drawdown',
				pending: false,
			},
			undefined,
			{ [REPLACED_BY_KEY]: newCardId },
		),
		cardId,
		mark: origin.mark,
		origin,
		tryAgain: `Run 'Replace' again for the same card${newIdAgain(replacement)}: it finds what was done and moves nothing twice.`,
	});
	return { amount: Number(transaction.amount), currency };
}

/** The balance of the old card. @throws NodeOperationError when it is zero, unknown, or not completely available */
function balanceToMove(
	{ clock, node }: DinteroClient,
	{ cardId }: Replacement,
	old: IDataObject,
): Drawn {
	const name = `The gift card '${cardId}'`;
	const refuse = (message: string, wayOut: string) =>
		operationError(node, message, `No money was moved now. ${wayOut}`);
	const currency = String(old.currency ?? '');
	if (clock.hasPassed(old.expires_at))
		throw refuse(
			`${name} expired on ${String(old.expires_at)}`,
			'An expired card cannot be emptied. Issue a new one if the customer should keep the money.',
		);
	if (!isActive(old))
		throw refuse(
			`${name} is not active`,
			'It was made without a balance, so there is nothing to move. Activate another card instead.',
		);
	if (clock.isToCome(old.active_from))
		throw refuse(
			`${name} cannot be used before ${String(old.active_from)}`,
			'Dintero lets no money be drawn from it before then. Replace it after that time.',
		);
	const available = availableOn(old);
	const locked = lockedOn(old);
	if (available === undefined || locked === undefined)
		throw refuse(
			`Dintero does not say how much is on the gift card '${cardId}'`,
			"Look at it with 'Get'.",
		);
	if (locked > 0)
		throw refuse(
			`Reservations lock ${formatAmount(locked, currency)} on the gift card '${cardId}'`,
			"Only what is not reserved can be moved. 'Capture' or 'Void' the reservations first, then replace the card.",
		);
	if (available <= 0)
		throw refuse(`${name} has nothing left to move`, 'An empty card needs no replacement.');
	return { amount: available, currency };
}

/** The order of the new card. The same at every try, as long as the old card stays the same. */
function orderOf(
	{ clock }: DinteroClient,
	replacement: Replacement,
	old: IDataObject,
	{ amount, currency }: Drawn,
): CardOrder {
	const { newCardId, cardId, codes, origin } = replacement;
	// Without one, the account's default applies. A date that has passed since would make an expired card.
	const expiresAt =
		isText(old.expires_at) && !clock.hasPassed(old.expires_at) ? old.expires_at : undefined;
	const kept = {
		type: old.type,
		name: old.name,
		customer_id: old.customer_id,
		expires_at: expiresAt,
	};
	const metadata = ownMetadata(old.metadata);
	return {
		card: {
			card_id: newCardId,
			amount,
			currency,
			...Object.fromEntries(Object.entries(kept).filter(([, value]) => isText(value))),
			...(metadata ? { metadata } : {}),
		},
		codes: { ...codes, tokenLifetime: replacement.tokenLifetime(expiresAt) },
		origin,
		links: { [REPLACES_KEY]: cardId },
		wasFree: true,
		wayOut: `The balance of '${cardId}' was drawn for it. Run 'Replace' again for '${cardId}'${newIdAgain(replacement)}: it continues from here and moves nothing twice.`,
	};
}

/** The shop's own metadata. Entries of the node and of Dintero belong to the old card, and Dintero may refuse its own. */
function ownMetadata(metadata: unknown): IDataObject | undefined {
	if (typeof metadata !== 'object' || metadata === null) return undefined;
	const own = Object.entries(metadata as IDataObject).filter(
		([key]) => !/^(?:n8n|dintero)_/.test(key),
	);
	return own.length > 0 ? Object.fromEntries(own) : undefined;
}

/** The ID of the card that a new card replaces, by its metadata. */
const linkOf = ({ metadata }: IDataObject): unknown =>
	(metadata as IDataObject | null | undefined)?.[REPLACES_KEY];

/** The available money, in minor units; `undefined`, not 0, if the card does not show it. */
function availableOn({ amount_available, amount_balance }: IDataObject): number | undefined {
	const available = amount_available ?? amount_balance;
	return isAmount(available) ? Number(available) : undefined;
}

/**
 * Step 3: gives the old card a PIN that nobody gets. The old card is empty by now, so a failure loses nothing and is only
 * reported (`oldPinEnded`).
 */
async function endPin(dintero: DinteroClient, cardId: string): Promise<boolean> {
	const format = { length: 12, numbers: true, characters: true, symbols: false };
	const { answer } = await attempt(
		dintero.post(
			`${cardPath(cardId)}/rotate-pin`,
			{ pin: { format } },
			'unsafe',
		) as Promise<IDataObject>,
	);
	// Only an answer with a PIN proves that the PIN was replaced.
	return codeValue(answer?.pin, 'pin') !== undefined;
}

/** The part of a message that says which *New Card ID* to fill in again. */
const newIdAgain = ({ cardId, newCardId }: Replacement): string =>
	newCardId === replacementId(cardId) ? '' : `, with 'New Card ID' '${newCardId}'`;

const idInUse = ({ node }: DinteroClient, newCardId: string) =>
	operationError(
		node,
		`A gift card with the Card ID '${newCardId}' already exists`,
		"It is not a replacement, so it was left alone, and no money was moved now. Give the new card another ID in 'New Card ID'.",
	);

const differentCard = (
	{ node }: DinteroClient,
	{ cardId, newCardId }: Replacement,
	{ amount, currency }: Drawn,
) =>
	operationError(
		node,
		`The gift card '${newCardId}' is not the one that replaces '${cardId}'`,
		`${formatAmount(amount, currency).trim()} was drawn from '${cardId}' for a new card, and this one was made with another amount. Look at both with 'Get'; if the money is nowhere, issue a card of that amount with 'Create'.`,
	);

function replacedBefore(
	{ node }: DinteroClient,
	{ cardId, newCardId }: Replacement,
	old: IDataObject,
): NodeOperationError {
	const left = availableOn(old) ?? 0;
	const again =
		left > 0
			? ` ${formatAmount(left, String(old.currency ?? '')).trim()} came onto the old card since: move it with 'Charge' and 'Top Up'.`
			: '';
	return operationError(
		node,
		`The gift card '${cardId}' was already replaced by '${newCardId}'`,
		`It was not done by this run, so both were left alone. If nobody has the codes of the new card, set 'If Already Replaced' in the options to make new ones.${again}`,
	);
}

/** Adds to an error of step 2 where the money is. */
function withDrawnAmount(
	problem: unknown,
	replacement: Replacement,
	{ amount, currency }: Drawn,
): unknown {
	if (!(problem instanceof NodeApiError || problem instanceof NodeOperationError)) return problem;
	const { cardId, newCardId } = replacement;
	const original = problem.description ?? '';
	const money = formatAmount(amount, currency).trim();
	if (saysIssued(problem)) {
		problem.description = `${money} was moved to it from '${cardId}'. ${original}`;
		return problem;
	}
	problem.description =
		`${money} was drawn from '${cardId}' for the new card '${newCardId}', which may not have it yet. Run 'Replace' again for '${cardId}'${newIdAgain(replacement)}: it continues from here and moves nothing twice. ${original}`.trim();
	return problem;
}
