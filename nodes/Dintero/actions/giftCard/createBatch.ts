import { NodeApiError, type IDataObject, type INode } from 'n8n-workflow';

import { idsFromPattern } from '../../domain/idPattern';
import { InvalidInput, show } from '../../domain/invalidInput';
import { parseId } from '../../domain/text';
import {
	issueBatch,
	type BatchCard,
	type BatchLimit,
	type BatchOrder,
	type BatchResults,
} from '../../issuance/issueBatch';
import type { IssuedCard } from '../../issuance/issueCard';
import type { Dintero } from '../../transport/client';
import { operationError } from '../../transport/operationError';
import { simplifyOption } from '../fields';
import { operation, type Item, type Output } from '../operation';
import { readChoice, readFlag, readOptions, readOwnReference, readWholeNumber } from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import {
	cardTypeField,
	ifCardExistsOption,
	readCardType,
	readIfCardExists,
	readTokenLifetime,
} from './cardFields';
import { barcodeFiles, issuedCard } from './cardOutput';
import {
	barcodeOptions,
	pinFormatFields,
	readPinFormat,
	readTokenFormat,
	tokenFormatFields,
} from './codeFields';

interface Plan {
	/** One card, or the whole count. */
	cards: BatchCard[];
	/** Whether the item asks for a count of cards. */
	counted: boolean;
	order: BatchOrder;
	size: number;
	simplify: boolean;
	/** Set by `review`: the requests this item's cards go with; items that ask for one card share them. */
	parts: Part[];
}

const MOST_CARDS = 100_000;
const DEFAULT_SIZE = 100;

export const createBatch = operation<Plan>({
	resource: 'giftCard',
	value: 'createBatch',
	name: 'Create Batch',
	action: 'Create batch of inactive gift cards',
	description:
		'Make inactive cards without a balance, for example to be printed, and get their PINs and card tokens',
	effect: 'write',
	fields: [
		{
			displayName: 'Cards From',
			name: 'batchSource',
			type: 'options',
			options: [
				{
					name: 'A Number of Cards',
					value: 'count',
					description: 'Each input item makes so many cards, with IDs from a pattern',
				},
				{
					name: 'Input Items',
					value: 'items',
					description: 'Each input item makes one card',
				},
			],
			default: 'count',
			description: 'How many cards to make',
		},
		{
			displayName: 'Number of Cards',
			name: 'count',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: MOST_CARDS },
			required: true,
			default: 100,
			displayOptions: { show: { batchSource: ['count'] } },
		},
		{
			displayName: 'ID Pattern',
			name: 'idPattern',
			type: 'string',
			required: true,
			default: 'print-{number:5}',
			placeholder: 'e.g. print-{number:5}',
			displayOptions: { show: { batchSource: ['count'] } },
			hint: '{number:5} becomes 00001, 00002, …',
			description:
				'The cards get their IDs from it. Use another pattern or first number for each print run: the same ID is never issued twice.',
		},
		{
			displayName: 'First Number',
			name: 'firstNumber',
			type: 'number',
			typeOptions: { minValue: 0 },
			default: 1,
			displayOptions: { show: { batchSource: ['count'] } },
			description: 'The number of the first card',
		},
		{
			displayName: 'Card ID',
			name: 'cardId',
			type: 'string',
			default: '',
			placeholder: 'e.g. print-00001',
			displayOptions: { show: { batchSource: ['items'] } },
			description:
				'Your own ID for the card, such as the row number. The same ID is never issued twice, even when you run the workflow again. When empty, the node makes one for each item of this execution.',
		},
		...pinFormatFields,
		...tokenFormatFields,
		optionsCollection([
			...PACE_OPTIONS,
			...WRITE_OPTIONS,
			...barcodeOptions,
			cardTypeField,
			{
				displayName: 'Cards per Request',
				name: 'batchSize',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: 1000 },
				default: DEFAULT_SIZE,
				description:
					'How many cards go into one request. Smaller ones lose less time when the network fails.',
			},
			ifCardExistsOption(
				'What to do when a card with this Card ID was made before, by another run',
				'It gets a new PIN and a new card token, unless it is active; the old PIN stops working',
			),
			{
				displayName: 'Preview',
				name: 'preview',
				type: 'boolean',
				default: false,
				description: 'Whether to only show which cards would be made. Nothing is sent.',
			},
			simplifyOption,
		]),
	],

	prepare(item) {
		const options = readOptions(item);
		const source = readChoice(item.get('batchSource', 'count'), 'Cards From', ['count', 'items']);
		return {
			cards: source === 'count' ? readCount(item) : [readCardOfItem(item)],
			counted: source === 'count',
			order: {
				type: readCardType(options.type),
				codes: {
					pin: readPinFormat(item),
					token: readTokenFormat(item),
					tokenLifetime: readTokenLifetime(undefined, undefined),
					singleUse: false,
				},
				ifCardExists: readIfCardExists(options.ifCardExists),
				startedAt: item.origin.firstTriedAt,
			},
			size: readWholeNumber(options.batchSize, 'Cards per Request', DEFAULT_SIZE, 1, 1000),
			simplify: readFlag(options.simplify, true),
			parts: [],
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
		divide(plans);
	},

	preview: (plans) => plans.map((plan) => plan && { json: previewOf(plan) }),

	async run({ cards, counted, parts, simplify }, dintero) {
		if (!counted) return outputOf((await parts[0].results(dintero)).get(cards[0].cardId), simplify);
		const results: BatchResults = new Map();
		for (const part of parts)
			for (const [cardId, result] of await part.results(dintero)) results.set(cardId, result);
		const outputs: Output[] = [];
		for (const { cardIds, result } of together(cards, results))
			outputs.push(
				result instanceof Error
					? { json: {}, problem: naming(dintero.node, cardIds, result) }
					: outputOf(result, simplify),
			);
		if (outputs.every(({ problem }) => problem)) throw outputs[0].problem;
		return outputs;
	},
});

/** The cards of one request, sent when the first item that has a card in it is run. */
class Part {
	private readonly cards: BatchCard[] = [];
	private made?: Promise<BatchResults>;

	constructor(
		private readonly order: BatchOrder,
		private readonly limit: BatchLimit,
		private readonly size: number,
	) {}

	/** @returns whether there was room for it */
	add(card: BatchCard): boolean {
		return this.cards.length < this.size && this.cards.push(card) > 0;
	}

	async results(dintero: Dintero): Promise<BatchResults> {
		return await (this.made ??= issueBatch(dintero, this.order, this.cards, this.limit));
	}
}

/** Puts the cards of all items into requests: of one size, and of one order each. */
function divide(plans: ReadonlyArray<Plan | undefined>): void {
	const limit: BatchLimit = { largest: Number.POSITIVE_INFINITY };
	const open = new Map<string, Part>();
	for (const plan of plans) {
		if (!plan) continue;
		const { order, size } = plan;
		const key = JSON.stringify([order, size]);
		for (const card of plan.cards) {
			let part = open.get(key);
			if (!part?.add(card)) {
				open.set(key, (part = new Part(order, limit, size)));
				part.add(card);
			}
			if (plan.parts.at(-1) !== part) plan.parts.push(part);
		}
	}
}

/** @throws the error of a card that failed */
function outputOf(result: IssuedCard | Error | undefined, simplify: boolean): Output {
	if (!result || result instanceof Error) throw result ?? new Error('A card has no result');
	const { card, outcome } = result;
	return {
		json: simplify
			? { ...issuedCard(card), outcome, recovered: outcome === 'recovered' }
			: { ...card, outcome },
		files: barcodeFiles(card),
	};
}

/** The results in order, with neighbours that failed for the very same reason in one. */
function together(
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

/** An error of Dintero's with the cards it is about. */
function naming(node: INode, cardIds: string[], problem: Error): Error {
	if (!(problem instanceof NodeApiError)) return problem;
	const range = cardIds.length === 1 ? '' : ` to '${cardIds[cardIds.length - 1]}'`;
	return operationError(
		node,
		`${cardIds.length === 1 ? 'The gift card' : `${cardIds.length} gift cards,`} '${cardIds[0]}'${range} could not be made: ${problem.message}`,
		problem.description ?? '',
	);
}

function previewOf({ cards, order, parts }: Plan): IDataObject {
	return {
		preview: true,
		totalCards: cards.length,
		firstCardId: cards[0].cardId,
		lastCardId: cards[cards.length - 1].cardId,
		type: order.type,
		requests: parts.length,
	};
}

function readCount(item: Item): BatchCard[] {
	const count = readWholeNumber(item.get('count', ''), 'Number of Cards', undefined, 1, MOST_CARDS);
	const first = readWholeNumber(
		item.get('firstNumber', 1),
		'First Number',
		1,
		0,
		Number.MAX_SAFE_INTEGER - MOST_CARDS,
	);
	const pattern = String(item.get('idPattern', '') ?? '').trim();
	const { origin } = item;
	return idsFromPattern(pattern, first, count).map((cardId) => ({
		cardId: parseId(cardId, 'ID Pattern'),
		own: isResumed(item),
		reference: (step) => origin.reference(`${cardId} ${step}`),
	}));
}

/** Cards of a batch carry no mark; a person who resumes an execution says that they are that execution's. */
const isResumed = (item: Item): boolean =>
	String(readOptions(item).resumeExecutionId ?? '').trim() !== '';

function readCardOfItem(item: Item): BatchCard {
	const own = readOwnReference(item, 'cardId', 'Card ID');
	const { origin } = item;
	return {
		cardId: own === undefined ? origin.cardId : parseId(own, 'Card ID'),
		own: own === undefined || isResumed(item),
		reference: (step) => origin.reference(step),
	};
}
