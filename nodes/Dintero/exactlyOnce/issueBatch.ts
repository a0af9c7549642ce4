import type { IDataObject, INode, NodeOperationError } from 'n8n-workflow';

import { attempt, reasonOf } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { monotonic } from '../transport/clock';
import { forEachParallel } from '../transport/parallel';
import { backoff } from '../transport/retry';
import { isActive } from './cardState';
import { hasCodes, reissueCodes, tokenRequest, type CodeOrder } from './codes';
import { addIds } from './errorIds';
import {
	findCard,
	MAY_BE_OURS,
	NOT_OURS,
	withoutCodes,
	type IfCardExists,
	type IssuedCard,
} from './issueCard';

/** How to make the cards of a batch; the same for all of them. */
export interface BatchOrder {
	/** `gift_card` or `credit_note`. */
	type: string;
	/** A batch request cannot set the token's lifetime and single use; they apply only to reissued codes. */
	codes: CodeOrder;
	ifCardExists: IfCardExists;
}

/** One card of a batch. */
export interface BatchCard {
	cardId: string;
	/** Whether this item certainly made the card: its ID is derived from the item, or an earlier try made it. */
	own: boolean;
	/** Whether the ID was derived, so that a run that continues this one finds the card. */
	derived?: boolean;
	/** Makes the `ref_id` of a token of this card. */
	reference(step: string): string;
	/** Called when the card's codes have arrived, because n8n drops them if the run fails later. */
	made?(): void;
}

/** The result of each card, by card ID. */
export type BatchResults = Map<string, IssuedCard | Error>;

/** What the batches of a run have learned about Dintero's limit. */
export interface BatchLimit {
	/** The most cards per request that Dintero is known to accept. */
	largest: number;
}

const BATCH_TRIES = 6;
const LOOK_UPS_AT_ONCE = 10;

/**
 * Cards for which a batch in this process has codes, and which batch. Cards of a batch carry no mark, so two overlapping
 * runs could each mistake the other's card for their own lost one.
 */
const handedOut = new Map<string, { by: Batch; at: number }>();
const MOST_HANDED_OUT = 100_000;
/** The precision of Dintero's dates and clock together, in milliseconds: both may be in whole seconds. */
const WHOLE_SECONDS = 2_000;

/** Statuses that may mean that a batch is too large. */
const TOO_LARGE = new Set([400, 413, 422]);

/**
 * Makes inactive cards, in one request where that works, and returns every code exactly once.
 *
 * Dintero documents neither the largest batch nor what happens to a batch with one invalid card. So after a lost answer,
 * a refusal, or an answer that lacks some cards, the node looks up every card that is still missing.
 *
 * A card of a batch does not show who made it. So the node gives it new codes only if its ID was derived from the item,
 * or if all of this holds: a request of this run asked for it and got no answer, all cards of that request exist, and
 * Dintero's clock says the card was made since that request was sent. For any other card `ifCardExists` decides, because
 * somebody may have its codes. The node requests the missing cards again, in halves if Dintero refuses them together.
 * @returns a result or an error for every card; never throws for a single card
 */
export async function issueBatch(
	dintero: DinteroClient,
	order: BatchOrder,
	cards: readonly BatchCard[],
	limit: BatchLimit,
): Promise<BatchResults> {
	const batch = new Batch(dintero, order, limit);
	await batch.make([...cards]);
	return batch.results;
}

class Batch {
	readonly results: BatchResults = new Map();
	/** How many cards were refused alone. After two, the reason is assumed to be the request, not the card. */
	private refusedAlone = 0;
	/** The problem that ends the batch, because every further request would fail too. */
	private fatal?: unknown;

	constructor(
		private readonly dintero: DinteroClient,
		private readonly order: BatchOrder,
		private readonly limit: BatchLimit,
	) {}

	async make(cards: BatchCard[]): Promise<void> {
		if (cards.length > this.limit.largest) {
			await this.halve(cards);
			return;
		}
		let open = cards;
		/** Whether an earlier request may have been carried out, or may still be. */
		let inDoubt = false;
		/** When the first such request was sent, by `monotonic()`. */
		let doubtSince: number | undefined;
		for (let tries = 1; open.length > 0; tries++) {
			const { node } = this.dintero;
			const unknown = (reason: unknown) => (card: BatchCard) =>
				outcomeUnknown(node, card.cardId, reason);
			if (this.fatal !== undefined)
				return this.failAll(open, inDoubt ? unknown(this.fatal) : () => this.fatal as Error);
			const sent = open;
			const asked = monotonic();
			const { answer, problem } = await attempt(this.send(sent));
			open = answer ? this.take(sent, answer) : sent;
			const failure = failureOf(problem);
			if (
				problem !== undefined &&
				(!failure || failure.outcome === 'notSent' || failure.status === 401)
			) {
				this.fatal = problem;
				continue;
			}
			if (failure?.outcome === 'unknown' || (answer && !Array.isArray(answer.cards))) {
				inDoubt = true;
				doubtSince ??= failure?.sentAt ?? asked;
			}
			open = await this.lookUp(open, inDoubt ? undefined : problem, doubtSince);
			if (open.length === 0) return;

			const progress = open.length < sent.length;
			if (!inDoubt && !progress) {
				if (failure) return await this.split(open, problem, TOO_LARGE.has(failure.status ?? 0));
				return this.failAll(open, ({ cardId }) =>
					operationError(
						node,
						`Dintero accepted the batch but did not make the gift card '${cardId}'`,
						'Run again with the same Card ID.',
					),
				);
			}
			if (tries >= BATCH_TRIES) return this.failAll(open, unknown(problem));
			if (inDoubt) await this.dintero.pause(backoff(tries, Math.random()));
		}
	}

	private async send(cards: BatchCard[]): Promise<IDataObject> {
		const { type, codes } = this.order;
		const token = tokenRequest(codes);
		const options = {
			...(codes.pin ? { pin: { format: { ...codes.pin } } } : {}),
			...(token ? { card_token: token.format ? { format: token.format } : {} } : {}),
		};
		return (await this.dintero.post(
			'wallets/cards/batch',
			{
				cards: cards.map(({ cardId }) => ({ card_id: cardId, type })),
				...(Object.keys(options).length > 0 ? { options } : {}),
			},
			'unsafe',
		)) as IDataObject;
	}

	/** Stores the cards that came with their codes. @returns the others */
	private take(sent: BatchCard[], answer: IDataObject): BatchCard[] {
		const made = new Map<unknown, IDataObject>();
		const { type } = this.order;
		const shown = Array.isArray(answer.cards) ? (answer.cards as Array<IDataObject | null>) : [];
		for (const card of shown)
			if (card && (card.type ?? type) === type) made.set(card.card_id, card);
		return sent.filter(({ cardId, made: note }) => {
			const card = made.get(cardId);
			if (!card || !hasCodes(card, this.order.codes)) return true;
			this.handOut(cardId);
			note?.();
			this.results.set(cardId, { card, outcome: 'created' });
			return false;
		});
	}

	/**
	 * Looks cards up and decides about those that exist.
	 * @param refusal the result for a card that cannot be looked up; missing if its outcome is unknown
	 * @param doubtSince when the first request without an answer was sent; missing if there was none
	 * @returns those that do not exist
	 */
	private async lookUp(
		cards: BatchCard[],
		refusal: unknown,
		doubtSince: number | undefined,
	): Promise<BatchCard[]> {
		const { dintero } = this;
		const found = new Map<BatchCard, IDataObject>();
		const missing = new Set<BatchCard>();
		await forEachParallel(cards.length, LOOK_UPS_AT_ONCE, async (index) => {
			const card = cards[index];
			const seen = await attempt(findCard(dintero, card.cardId));
			if (seen.problem !== undefined)
				this.results.set(
					card.cardId,
					(refusal as Error | undefined) ?? outcomeUnknown(dintero.node, card.cardId, seen.problem),
				);
			else if (seen.answer) found.set(card, seen.answer);
			else missing.add(card);
		});
		// If our request was carried out, all of its cards exist. If some are missing, it was not, and others made the rest.
		const since = missing.size === 0 ? doubtSince : undefined;
		const there = [...found];
		await forEachParallel(there.length, LOOK_UPS_AT_ONCE, async (index) => {
			const [card, shown] = there[index];
			this.results.set(
				card.cardId,
				await this.resolveExisting(card, shown, since, this.mayBeOurs(card, shown, doubtSince)),
			);
		});
		return cards.filter((card) => missing.has(card));
	}

	/**
	 * Decides about a card that exists: reissue its codes, return it, or refuse it.
	 * @param mayBeOurs whether a request of this run may have made it, although that is not certain
	 */
	private async resolveExisting(
		card: BatchCard,
		found: IDataObject,
		doubtSince: number | undefined,
		mayBeOurs: boolean,
	): Promise<IssuedCard | Error> {
		const { ifCardExists, codes, type } = this.order;
		const own = this.isOwn(card, found, doubtSince);
		const exists = (why: string) => cardExists(this.dintero.node, card.cardId, why);
		if (!own && ifCardExists === 'stop') return exists(mayBeOurs ? MAY_BE_OURS : NOT_OURS);
		if (found.type !== undefined && found.type !== type)
			return exists('It differs in type, so it was left alone.');
		if (!own && ifCardExists === 'return') return { card: found, outcome: 'existing' };
		if (isActive(found))
			return exists('It is already active, so its codes were left alone: it may have been sold.');
		this.handOut(card.cardId);
		const { answer, problem } = await attempt(
			reissueCodes(this.dintero, card.cardId, codes, card.reference),
		);
		if (problem !== undefined)
			return own ? withoutCodes(this.dintero.node, card.cardId, problem) : (problem as Error);
		card.made?.();
		return { card: { ...found, ...answer }, outcome: own ? 'recovered' : 'reissued' };
	}

	private mayBeOurs(
		{ cardId }: BatchCard,
		{ created_at }: IDataObject,
		doubtSince: number | undefined,
	): boolean {
		return (
			doubtSince !== undefined &&
			!this.isHandedOut(cardId, doubtSince - WHOLE_SECONDS) &&
			!this.dintero.clock.isBefore(created_at, doubtSince)
		);
	}

	private isOwn(
		{ own, cardId }: BatchCard,
		found: IDataObject,
		doubtSince: number | undefined,
	): boolean {
		if (own) return true;
		const { clock } = this.dintero;
		return (
			doubtSince !== undefined &&
			!isActive(found) &&
			!this.isHandedOut(cardId, doubtSince - WHOLE_SECONDS) &&
			clock.mayBeBetween(found.created_at, doubtSince, monotonic())
		);
	}

	/** Whether another run in this process has received the card's codes since then. */
	private isHandedOut(cardId: string, since: number): boolean {
		const { by, at } = handedOut.get(this.keyOf(cardId)) ?? { by: this, at: since };
		return by !== this && at >= since;
	}

	/** Notes that this run has the codes of a card, or is about to. */
	private handOut(cardId: string): void {
		handedOut.set(this.keyOf(cardId), { by: this, at: monotonic() });
		if (handedOut.size <= MOST_HANDED_OUT) return;
		const [oldest] = handedOut.keys();
		handedOut.delete(oldest);
	}

	private keyOf(cardId: string): string {
		return `${this.dintero.root}${cardId}`;
	}

	/** Dintero refuses these cards together and none of them exists: tries halves, down to the card that it refuses. */
	private async split(cards: BatchCard[], problem: unknown, mayHelp: boolean): Promise<void> {
		const alone = cards.length === 1;
		if (!alone && mayHelp) {
			const size = await this.halve(cards);
			const allMade = cards.every(({ cardId }) => !(this.results.get(cardId) instanceof Error));
			if (allMade) this.limit.largest = Math.min(this.limit.largest, size);
			return;
		}
		if (!alone || ++this.refusedAlone > 1) this.fatal = problem;
		this.failAll(cards, () => problem as Error);
	}

	/** @returns the size of the larger half */
	private async halve(cards: BatchCard[]): Promise<number> {
		const middle = Math.ceil(cards.length / 2);
		await this.make(cards.slice(0, middle));
		await this.make(cards.slice(middle));
		return middle;
	}

	private failAll(cards: BatchCard[], problemOf: (card: BatchCard) => Error): void {
		for (const card of cards) this.results.set(card.cardId, problemOf(card));
	}
}

function cardExists(node: INode, cardId: string, why: string): NodeOperationError {
	return addIds(
		operationError(
			node,
			`A gift card with the Card ID '${cardId}' already exists`,
			`${why} Use another Card ID. If nobody has its codes, because an earlier run lost them, give it new ones with 'Reissue Codes'.`,
		),
		{ cardId },
	);
}

function outcomeUnknown(node: INode, cardId: string, problem: unknown): NodeOperationError {
	return addIds(
		operationError(
			node,
			`Dintero did not say whether the gift card '${cardId}' was made (${reasonOf(problem)})`,
			"Look for this Card ID with 'Get' first. If the card is there, give it codes with 'Reissue Codes'; if not, run again with the same Card ID.",
		),
		{ cardId },
	);
}
