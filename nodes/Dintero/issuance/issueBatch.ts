import type { IDataObject, INode, NodeOperationError } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import type { Dintero } from '../transport/client';
import { failureOf } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { forEachParallel } from '../transport/parallel';
import { backoff } from '../transport/retry';
import { isActive } from './activateCard';
import { hasCodes, reissueCodes, tokenRequest, type CodeOrder } from './codes';
import { cardPath, findCard, type IfCardExists, type IssuedCard } from './issueCard';

/** How the cards of a batch shall be made; the same for all of them. */
export interface BatchOrder {
	/** `gift_card` or `credit_note`. */
	type: string;
	/** The lifetime and the use of the token count for codes that are made anew; a batch request cannot name them. */
	codes: CodeOrder;
	ifCardExists: IfCardExists;
	/** When this execution first asked for these cards, in milliseconds since 1970. */
	startedAt: number;
}

/** One card of a batch. */
export interface BatchCard {
	cardId: string;
	/** Whether an inactive card with this ID can only be this item's own: the ID was derived from it, or a run is resumed. */
	own: boolean;
	/** Makes the `ref_id` of a token of this card. */
	reference(step: string): string;
}

/** What became of each card, by card ID. */
export type BatchResults = Map<string, IssuedCard | Error>;

/** What was learned about Dintero while a run goes on, shared by its batches. */
export interface BatchLimit {
	/** The most cards Dintero takes in one request, as far as it is known. */
	largest: number;
}

const BATCH_TRIES = 6;
const LOOK_UPS_AT_ONCE = 10;

/**
 * How much earlier than our first request, by our clock, a card may have been made and still be our work: cards of a
 * batch carry no mark. Small after a refusal, where a card may be of a run a moment ago; large after a lost answer,
 * which hides a refusal only if two things go wrong at once.
 */
const SKEW = { refused: 2_000, unknown: 120_000 } as const;

/** Statuses with which an API may say that a batch is too large; any other refusal is about something else. */
const TOO_LARGE = new Set([400, 413, 422]);

/**
 * Makes inactive cards, in one request where that works, and returns every code exactly once.
 *
 * Dintero documents neither the largest batch nor what a batch with one impossible card does. So after a lost answer,
 * a refusal, or an answer that lacks some cards, every open card is looked up: one that this request made gets new
 * codes, one that was there before is left to `ifCardExists`, the rest is asked for again — in halves, if Dintero
 * refuses them together.
 * @returns a result or an error for every card; never throws for one of them
 */
export async function issueBatch(
	dintero: Dintero,
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
	private skew: number = SKEW.refused;
	/** Refusals of single cards; after two of them it is not the card but the request that is refused. */
	private refusedAlone = 0;
	/** Ends the batch: nothing that follows could go better. */
	private end?: unknown;

	constructor(
		private readonly dintero: Dintero,
		private readonly order: BatchOrder,
		private readonly limit: BatchLimit,
	) {}

	async make(cards: BatchCard[]): Promise<void> {
		if (cards.length > this.limit.largest) {
			await this.halve(cards);
			return;
		}
		let open = cards;
		/** Whether an earlier request of this loop may have been carried out, or may still be. */
		let inDoubt = false;
		for (let tries = 1; open.length > 0; tries++) {
			const { node } = this.dintero;
			const unknown = (reason: unknown) => (card: BatchCard) =>
				fateUnknown(node, card.cardId, reason);
			if (this.end !== undefined)
				return this.failAll(open, inDoubt ? unknown(this.end) : () => this.end as Error);
			const sent = open;
			const { answer, problem } = await attempt(this.send(sent));
			open = answer ? this.take(sent, answer) : sent;
			const failure = failureOf(problem);
			if (
				problem !== undefined &&
				(!failure || failure.outcome === 'notSent' || failure.status === 401)
			) {
				this.end = problem;
				continue;
			}
			if (failure?.outcome === 'unknown') {
				inDoubt = true;
				this.skew = SKEW.unknown;
			}
			open = await this.lookUp(open, inDoubt ? undefined : problem);
			if (open.length === 0) return;

			const progress = open.length < sent.length;
			if (!inDoubt && !progress) {
				if (failure) return await this.divide(open, problem, TOO_LARGE.has(failure.status ?? 0));
				return this.failAll(open, ({ cardId }) =>
					operationError(
						node,
						`Dintero took the batch but did not make the gift card '${cardId}'`,
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
			'write',
		)) as IDataObject;
	}

	/** Takes the cards that came with their codes. @returns those that did not */
	private take(sent: BatchCard[], answer: IDataObject): BatchCard[] {
		const made = new Map<unknown, IDataObject>();
		for (const card of Array.isArray(answer.cards) ? (answer.cards as IDataObject[]) : [])
			made.set(card.card_id, card);
		return sent.filter(({ cardId }) => {
			const card = made.get(cardId);
			if (!card || !hasCodes(card, this.order.codes)) return true;
			this.results.set(cardId, { card, outcome: 'created' });
			return false;
		});
	}

	/**
	 * Looks cards up and settles those that are there.
	 * @param refusal what counts for a card that cannot be looked up; missing where its fate is open
	 * @returns those that are not there
	 */
	private async lookUp(cards: BatchCard[], refusal: unknown): Promise<BatchCard[]> {
		const { dintero } = this;
		const missing = new Set<BatchCard>();
		await forEachParallel(cards.length, LOOK_UPS_AT_ONCE, async (index) => {
			const card = cards[index];
			const seen = await attempt(findCard(dintero, card.cardId));
			if (seen.problem !== undefined)
				this.results.set(
					card.cardId,
					(refusal as Error | undefined) ?? fateUnknown(dintero.node, card.cardId, seen.problem),
				);
			else if (seen.answer) this.results.set(card.cardId, await this.settle(card, seen.answer));
			else missing.add(card);
		});
		// In the order they were given, whatever order the answers came in.
		return cards.filter((card) => missing.has(card));
	}

	/** The card is there: complete it, hand it on, or say why not. */
	private async settle(card: BatchCard, found: IDataObject): Promise<IssuedCard | Error> {
		const { ifCardExists, codes, type } = this.order;
		const own = this.isOwn(card, found);
		const exists = (why: string) => cardExists(this.dintero.node, card.cardId, why);
		if (!own && ifCardExists === 'stop')
			return exists('It was not made by this run, so it was left alone.');
		if (found.type !== undefined && found.type !== type)
			return exists('It differs in type, so it was left alone.');
		if (!own && ifCardExists === 'return') return { card: found, outcome: 'existing' };
		if (isActive(found))
			return exists('It is active already, so its codes were left alone: it may have been sold.');
		const { answer, problem } = await attempt(
			reissueCodes(this.dintero, cardPath(card.cardId), codes, card.reference),
		);
		if (problem !== undefined) return problem as Error;
		return { card: { ...found, ...answer }, outcome: own ? 'recovered' : 'reissued' };
	}

	private isOwn({ own }: BatchCard, found: IDataObject): boolean {
		if (own) return true;
		const made = Date.parse(String(found.created_at ?? ''));
		return !isActive(found) && made >= this.order.startedAt - this.skew;
	}

	/** Dintero refuses these cards together, and none of them is there: tries halves, down to the card it will not have. */
	private async divide(cards: BatchCard[], problem: unknown, mayHelp: boolean): Promise<void> {
		const alone = cards.length === 1;
		if (!alone && mayHelp) {
			const size = await this.halve(cards);
			const allMade = cards.every(({ cardId }) => !(this.results.get(cardId) instanceof Error));
			if (allMade) this.limit.largest = Math.min(this.limit.largest, size);
			return;
		}
		if (!alone || ++this.refusedAlone > 1) this.end = problem;
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
	return operationError(
		node,
		`A gift card with the Card ID '${cardId}' exists already`,
		`${why} Use another Card ID, or set 'If Card Exists' in the options to return it or to reissue its codes.`,
	);
}

function fateUnknown(node: INode, cardId: string, problem: unknown): NodeOperationError {
	const reason = problem instanceof Error ? problem.message : 'no readable answer';
	return operationError(
		node,
		`Dintero did not say whether the gift card '${cardId}' was made (${reason})`,
		"Look for this Card ID with 'Get' before anything else. Running again with the same Card ID is safe: it finds the card if it was made.",
	);
}
