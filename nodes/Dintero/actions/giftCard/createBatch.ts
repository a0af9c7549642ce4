import { NodeApiError, type IDataObject, type INode } from 'n8n-workflow';

import { idsFromPattern } from '../../domain/idPattern';
import { InvalidInput, show } from '../../domain/invalidInput';
import { parseId } from '../../domain/text';
import { cardType, ifCardExists, ownCardId } from '../../fields/card';
import { choice } from '../../fields/choice';
import {
	checkFormats,
	pinBarcode,
	pinFormat,
	tokenBarcode,
	tokenFormat,
} from '../../fields/codeFormat';
import { options } from '../../fields/collection';
import { described, field, shownWhen, type Field } from '../../fields/field';
import { simplify } from '../../fields/flag';
import { requiredNumber, number } from '../../fields/number';
import { preview, writeOptions } from '../../fields/runOptions';
import { tokenLifetime } from '../../fields/tokenLifetime';
import {
	issueBatch,
	type BatchCard,
	type BatchLimit,
	type BatchOrder,
	type BatchResults,
} from '../../exactlyOnce/issueBatch';
import type { IssuedCard } from '../../exactlyOnce/issueCard';
import type { DinteroClient } from '../../transport/client';
import { operationError } from '../../transport/operationError';
import { operation, type Item, type Output } from '../operation';
import { barcodeFiles, issuedCard } from './cardOutput';

interface Plan {
	/** The cards this item asks for. */
	cards: BatchCard[];
	/** Whether the item asks for a number of cards. */
	counted: boolean;
	order: BatchOrder;
	size: number;
	simplify: boolean;
	/** Set by `review`: the requests that contain this item's cards. Items that ask for one card share requests. */
	requests: BatchRequest[];
}

const MOST_CARDS = 100_000;

const batchSource = choice({
	name: 'batchSource',
	displayName: 'Cards From',
	options: [
		{
			name: 'A Number of Cards',
			value: 'count',
			description: 'Each input item makes this many cards, with IDs from a pattern',
		},
		{
			name: 'Input Items',
			value: 'items',
			description: 'Each input item makes one card',
		},
	],
	default: 'count',
	description: 'How many cards to make',
});

const count = requiredNumber({
	name: 'count',
	displayName: 'Number of Cards',
	default: 100,
	least: 1,
	most: MOST_CARDS,
});

const idPattern: Field<string> = field({
	kind: 'pattern',
	property: {
		displayName: 'ID Pattern',
		name: 'idPattern',
		type: 'string',
		required: true,
		default: 'print-{number:5}',
		placeholder: 'e.g. print-{number:5}',
		hint: '{number:5} becomes 00001, 00002, …',
		description:
			'Pattern for the Card IDs. Use another pattern or first number for each print run: the same ID is never issued twice.',
	},
	wayOut: 'Write a pattern such as print-{number:5}.',
	parse: (value) => parseId(value, 'ID Pattern'),
});

const firstNumber = number({
	name: 'firstNumber',
	displayName: 'First Number',
	default: 1,
	least: 0,
	most: Number.MAX_SAFE_INTEGER - MOST_CARDS,
	description: 'The number of the first card',
});

const cardIdOfItem = described(ownCardId, {
	placeholder: 'e.g. print-00001',
	hint: undefined,
	description:
		'Your own ID for the card, such as the row number. The same ID is never issued twice, even when you run the workflow again. When empty, the node makes one for each item of this execution.',
});

/** The IDs an item asks for: a number of them from a pattern, or one of its own. */
type WantedCards =
	{ cardIds: string[]; counted: true } | { cardId: string | undefined; counted: false };

const FROM_COUNT = { batchSource: ['count'] };
const counted = [count, idPattern, firstNumber].map((inner: Field<unknown>) =>
	shownWhen(inner, FROM_COUNT),
);
const listed = shownWhen(cardIdOfItem, { batchSource: ['items'] });

const cards: Field<WantedCards> = {
	properties: [batchSource, ...counted, listed].flatMap(({ properties }) => [...properties]),
	leaves: [batchSource, ...counted, listed].flatMap(({ leaves }) => [...leaves]),
	read: (raw) =>
		batchSource.read(raw) === 'count'
			? {
					counted: true,
					cardIds: idsFromPattern(idPattern.read(raw), firstNumber.read(raw), count.read(raw)).map(
						(cardId) => parseId(cardId, 'ID Pattern'),
					),
				}
			: { counted: false, cardId: cardIdOfItem.read(raw) },
};

const fields = {
	cards,
	pinFormat,
	tokenFormat,
	options: options({
		...writeOptions,
		batchSize: number({
			name: 'batchSize',
			displayName: 'Cards per Request',
			default: 100,
			least: 1,
			most: 1000,
			description:
				'How many cards to ask for in one request. Smaller requests lose less time when the network fails.',
		}),
		ifCardExists: ifCardExists(
			'What to do when another run already made a card with this Card ID',
			'It gets a new PIN and a new card token, unless it is active; the old PIN stops working',
		),
		pinBarcode,
		preview: preview('Whether to only show which cards would be made. Nothing is sent.'),
		simplify,
		tokenBarcode,
		type: cardType,
	}),
};

export const createBatch = operation<typeof fields, Plan>({
	resource: 'giftCard',
	value: 'createBatch',
	name: 'Create Batch',
	action: 'Create batch of inactive gift cards',
	description:
		'Make inactive cards without a balance, for example for printing, and get their PINs and card tokens',
	effect: 'write',
	scopes: ['admin:wallets', 'write:wallets'],
	fields,

	prepare(values, item) {
		const { options: chosen } = values;
		checkFormats(values.pinFormat, values.tokenFormat, 'so nobody could use the cards');
		return {
			cards: batchCards(values.cards, item),
			counted: values.cards.counted,
			order: {
				type: chosen.type,
				codes: {
					pin: values.pinFormat,
					token: values.tokenFormat,
					tokenLifetime: tokenLifetime(undefined),
					singleUse: false,
				},
				ifCardExists: chosen.ifCardExists,
			},
			size: chosen.batchSize,
			simplify: chosen.simplify,
			requests: [],
		};
	},

	review(plans, refuse) {
		const firstWith = new Map<string, number>();
		plans.forEach((plan, index) => {
			const twice = plan?.cards.find(({ cardId }) => firstWith.has(cardId));
			if (twice)
				refuse(
					index,
					new InvalidInput(
						plan?.counted ? 'ID Pattern' : 'Card ID',
						`${show(twice.cardId)} is also an ID of item ${(firstWith.get(twice.cardId) ?? 0) + 1}.`,
						'Give every card its own ID.',
					),
				);
			else plan?.cards.forEach(({ cardId }) => firstWith.set(cardId, index));
		});
		divideIntoRequests(plans);
	},

	preview: (plans) => plans.map((plan) => plan && { json: previewOf(plan) }),

	dropped(plans, results) {
		const made = new Set(results.map(({ cardId, card_id: id }) => cardId ?? id));
		const lost = plans.map((plan) =>
			(plan?.cards ?? []).map((card) => ({
				...card,
				lost: !card.derived && made.has(card.cardId),
			})),
		);
		const count = lost.flat().filter((card) => card.lost).length;
		if (count === 0) return '';
		return `${count} cards with an ID of your own were made, and n8n drops their codes: ${rangesOf(lost.flat()).join(', ')}. Use n8n's Retry of this execution, or give them new codes with 'Reissue Codes'; other runs leave them alone.`;
	},

	async run({ cards: wanted, counted: many, requests, simplify: simple }, dintero) {
		const { timeZone } = dintero;
		if (!many)
			return outputOf((await requests[0].results(dintero)).get(wanted[0].cardId), simple, timeZone);
		const results: BatchResults = new Map();
		for (const request of requests)
			for (const [cardId, result] of await request.results(dintero)) results.set(cardId, result);
		const outputs: Output[] = [];
		for (const { cardIds, result } of grouped(wanted, results))
			outputs.push(
				result instanceof Error
					? { json: {}, error: withCardIds(dintero.node, cardIds, result) }
					: outputOf(result, simple, timeZone),
			);
		if (outputs.every(({ error }) => error)) throw outputs[0].error;
		return outputs;
	},
});

/** One request for cards. It is sent when the first item with a card in it runs. */
class BatchRequest {
	private readonly cards: BatchCard[] = [];
	private made?: Promise<BatchResults>;

	constructor(
		private readonly order: BatchOrder,
		private readonly limit: BatchLimit,
		private readonly size: number,
	) {}

	/** @returns false when the request is full */
	add(card: BatchCard): boolean {
		return this.cards.length < this.size && this.cards.push(card) > 0;
	}

	async results(dintero: DinteroClient): Promise<BatchResults> {
		return await (this.made ??= issueBatch(dintero, this.order, this.cards, this.limit));
	}
}

/** Divides the cards of all items into requests. Cards with the same order and *Cards per Request* share them. */
function divideIntoRequests(plans: ReadonlyArray<Plan | undefined>): void {
	const limit: BatchLimit = { largest: Number.POSITIVE_INFINITY };
	const open = new Map<string, BatchRequest>();
	for (const plan of plans) {
		if (!plan) continue;
		const { order, size } = plan;
		const key = JSON.stringify([order, size]);
		for (const card of plan.cards) {
			let request = open.get(key);
			if (!request?.add(card)) {
				open.set(key, (request = new BatchRequest(order, limit, size)));
				request.add(card);
			}
			if (plan.requests.at(-1) !== request) plan.requests.push(request);
		}
	}
}

/** @throws the error of a card that failed */
function outputOf(
	result: IssuedCard | Error | undefined,
	simple: boolean,
	timeZone: string,
): Output {
	if (!result || result instanceof Error) throw result ?? new Error('A card has no result');
	const { card, outcome } = result;
	return {
		json: simple
			? { ...issuedCard(card, timeZone), outcome, recovered: outcome === 'recovered' }
			: { ...card, outcome },
		files: barcodeFiles(card),
	};
}

/** The results in order. Neighbors with the same error become one group. */
function grouped(
	cards: BatchCard[],
	results: BatchResults,
): Array<{ cardIds: string[]; result: IssuedCard | Error | undefined }> {
	const groups: Array<{ cardIds: string[]; result: IssuedCard | Error | undefined }> = [];
	for (const { cardId } of cards) {
		const result = results.get(cardId);
		const last = groups.at(-1);
		if (last && result instanceof Error && last.result === result) last.cardIds.push(cardId);
		else groups.push({ cardIds: [cardId], result });
	}
	return groups;
}

/** The lost cards as text, with neighbors as a range. At most 20 ranges are listed. */
function rangesOf(cards: ReadonlyArray<{ cardId: string; lost: boolean }>): string[] {
	const ranges: Array<[first: string, last: string]> = [];
	cards.forEach(({ cardId, lost }, index) => {
		if (!lost) return;
		const range = ranges.at(-1);
		if (range && cards[index - 1]?.lost) range[1] = cardId;
		else ranges.push([cardId, cardId]);
	});
	const listed = ranges
		.slice(0, 20)
		.map(([first, last]) => (first === last ? `'${first}'` : `'${first}' to '${last}'`));
	return ranges.length > 20 ? [...listed, `and ${ranges.length - 20} more`] : listed;
}

/** Adds to an error from Dintero which cards it is about. */
function withCardIds(node: INode, cardIds: string[], error: Error): Error {
	if (!(error instanceof NodeApiError)) return error;
	const range = cardIds.length === 1 ? '' : ` to '${cardIds[cardIds.length - 1]}'`;
	return operationError(
		node,
		`${cardIds.length === 1 ? 'The gift card' : `${cardIds.length} gift cards,`} '${cardIds[0]}'${range} could not be made: ${error.message}`,
		error.description ?? '',
	);
}

function previewOf({ cards, order, requests }: Plan): IDataObject {
	return {
		preview: true,
		totalCards: cards.length,
		firstCardId: cards[0].cardId,
		lastCardId: cards[cards.length - 1].cardId,
		type: order.type,
		requests: requests.length,
	};
}

function batchCards(wanted: WantedCards, { origin }: Item): BatchCard[] {
	if (wanted.counted)
		return wanted.cardIds.map((cardId) => ({
			cardId,
			own: origin.hasMade(cardId),
			made: () => origin.noteMade(cardId),
			reference: (step) => origin.tokenReference(`${cardId} ${step}`),
		}));
	const cardId = wanted.cardId ?? origin.cardId;
	return [
		{
			cardId,
			derived: wanted.cardId === undefined,
			own: wanted.cardId === undefined || origin.hasMade(cardId),
			made: () => origin.noteMade(cardId),
			reference: (step) => origin.tokenReference(step),
		},
	];
}
