import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';

import { InvalidInput } from '../domain/invalidInput';
import type { DinteroClient } from '../transport/client';
import { monotonic } from '../transport/clock';
import { isWhole, readList } from '../transport/pages';
import {
	derivedId,
	derivedReference,
	fingerprint,
	markOf,
	newRandom,
	readDerived,
	readMark,
	type Identity,
	type ItemKey,
	type Place,
} from './identity';
import { Mark, type RefusedMembers } from './mark';

/**
 * Where a request comes from: one item of one run of one node in one execution.
 *
 * It stays the same when n8n retries the run, so an item finds what it made before. Two items, two runs of a loop, two
 * calls of a tool, and two executions with the same number never share it.
 */
export interface Origin {
	/** What this item's ID is made from when the user gives none. */
	readonly identity: Exclude<Identity, { kind: 'given' }>;
	/**
	 * A card ID for an item without one of its own, for example `n8n-900-5-k3v9x2m4qzra71bd`.
	 * @throws InvalidInput when the call belongs to no execution
	 */
	readonly cardId: string;
	/** The card the continued execution made for this item without an own ID, as the card list shows it. */
	readonly found?: IDataObject;
	/** When this run began, by `monotonic()`. */
	readonly begunAt: number;
	/** Written on what this item makes at Dintero. */
	readonly mark: Mark;
	/**
	 * A reference for a movement of money without one of its own, at most 64 characters.
	 * @param target what the item moves money on: its card, charge, reservation or order, as the item names it
	 * @throws InvalidInput when the call belongs to no execution
	 */
	reference(step: string, target?: string): string;
	/** A reference for a card token. Another reference makes another token, which does no harm. */
	tokenReference(step: string): string;
	/** Whether a card or transaction read from Dintero was made by this item, in this try or an earlier one. */
	owns(record: IDataObject): boolean;
	/** Whether an ID or reference was derived for this item, by this execution or by the continued one. */
	isDerivedId(id: unknown): boolean;
	/**
	 * Keeps the identity for the next try of the same item in this execution, because n8n may count a retry as another run.
	 * @param ids the Card ID or Reference used
	 */
	keepForRetry(...ids: string[]): void;
	/** Forgets what `keepForRetry` kept, once the result has been returned. */
	clearRetry(): void;
	/**
	 * The transaction that the continued execution made for this item and step, if the user gave no Reference.
	 * @param transactions on the item's target
	 * @param reference what `reference(step)` returns now
	 * @throws InvalidInput when that execution made one for another item, which has another target now: then the rows have
	 * moved, and the money would be moved again
	 */
	earlier(transactions: readonly IDataObject[], reference: string): IDataObject | undefined;
	/** Records that a request for this movement got no answer and may still be carried out. */
	noteUnknown(movement: string): void;
	/** How long ago, in milliseconds, an earlier try of this execution recorded that; `undefined` if none did. */
	unknownFor(movement: string): number | undefined;
	/** Records that this run made a card without a mark. */
	noteMade(cardId: string): void;
	/** Whether an earlier try of this run recorded the card. */
	hasMade(cardId: string): boolean;
}

/** What the node's context contains. n8n stores it with the execution, so it survives retries. */
interface Memory {
	run?: {
		index: number;
		/** The execution of the first try: the editor's *Retry* runs a new one. */
		execution: string;
		/** The execution it continues, if any. */
		continues?: string;
		random: string;
		/** Cards without a mark whose codes arrived in this run; n8n drops the codes when the run fails. */
		made?: string[];
	};
	/** Marks of items that failed, by the ID they used. */
	open?: Record<string, string[]>;
	/** When a request for a movement got no answer, in milliseconds since 1970. */
	unknown?: Record<string, number>;
	/** Keys of tool calls that failed, by a hash of their input. */
	calls?: Record<string, ItemKey[]>;
}

export interface Origins {
	readonly identity: Exclude<Identity, { kind: 'given' }>;
	/**
	 * Starts the run.
	 * @returns a function that ends it
	 * @throws InvalidInput when this n8n process is still running the continued execution in this node: continuing it would
	 * replace PINs that it is about to return
	 */
	begin(): () => void;
	of(itemIndex: number): Origin;
	/** Whether `findCards` has to run before the IDs of this run are valid. */
	readonly needsCards: boolean;
	/**
	 * Finds the cards with derived IDs that the continued execution made, by reading the whole card list.
	 * @throws InvalidInput when there are none, or it is unclear which ones belong to it
	 */
	findCards(dintero: DinteroClient): Promise<void>;
	/** Whether anything made by the continued execution was found; `undefined` when no execution is continued. */
	foundAny(): boolean | undefined;
}

/** Cards that share a random part, by item. */
interface Group {
	/** When the newest was made, in milliseconds since 1970; NaN if unknown for any of them. */
	newest: number;
	cards: Map<number, IDataObject>;
}

/** What n8n returns as the ID when there is no execution. */
const NO_EXECUTION = /^(|undefined|null|__UNKNOWN__)$/;

/**
 * The origins of a run's items.
 * @param resumeExecutionId the execution to continue instead of this one, see *Resume Execution ID*
 */
export function originsOf(context: IExecuteFunctions, resumeExecutionId?: string): Origins {
	return new Run(context, resumeExecutionId);
}

/** How many runs of each execution and node are active in this process. */
const activeRuns = new Map<string, number>();

class Run implements Origins {
	readonly identity: Exclude<Identity, { kind: 'given' }>;
	needsCards = false;
	private readonly place: Place;
	private readonly runIndex: number;
	private readonly memory: Memory;
	private readonly isTool: boolean;
	private readonly refused: RefusedMembers = new Set();
	private readonly origins = new Map<number, Origin>();
	/** What each item without a Reference moves money on. */
	private readonly targets = new Map<number, string>();
	/** Keys of failed tool calls that items of this run have taken over. */
	private readonly takenOver = new Map<number, ItemKey>();
	/** The random part of this run; replaced by that of the continued execution once its cards are found. */
	private random: string;
	private readonly begunAt = monotonic();
	/** Items kept for a retry in this run. */
	private readonly kept = new Set<number>();
	private readonly madeBefore: ReadonlySet<string>;
	private cardsFound = false;
	private found: ReadonlyMap<number, IDataObject> = new Map();
	private seen?: boolean;

	constructor(
		private readonly context: IExecuteFunctions,
		resumeExecutionId?: string,
	) {
		const node = context.getNode();
		this.place = {
			instance: context.getInstanceId(),
			workflow: context.getWorkflow().id ?? '',
			node: node.id,
			nodeName: node.name,
		};
		this.runIndex = Number(context.getWorkflowDataProxy(0).$runIndex ?? 0);
		this.isTool = node.type.endsWith('Tool');
		this.memory = memoryOf(context);
		const own = String(context.getExecutionId() ?? '');
		if (resumeExecutionId) {
			this.identity = { kind: 'continued', execution: resumeExecutionId };
			this.seen = false;
			this.random = this.startRun(own, resumeExecutionId).random;
		} else if (NO_EXECUTION.test(own)) {
			this.identity = { kind: 'none' };
			this.random = newRandom(16);
		} else {
			const { execution, random } = this.startRun(own);
			this.identity = { kind: 'derived', execution };
			this.random = random;
		}
		this.madeBefore = new Set(this.isTool ? [] : this.memory.run?.made);
	}

	begin(): () => void {
		const { identity, place } = this;
		if (identity.kind === 'none') return () => {};
		const { execution } = identity;
		const job = JSON.stringify([place, execution]);
		const others = activeRuns.get(job) ?? 0;
		if (identity.kind === 'continued' && others > 0)
			throw new InvalidInput(
				'Resume Execution ID',
				`execution ${execution} is still running, or another one continues it.`,
				'Run again when it has ended.',
			);
		activeRuns.set(job, others + 1);
		return () => {
			const left = (activeRuns.get(job) ?? 1) - 1;
			if (left > 0) activeRuns.set(job, left);
			else activeRuns.delete(job);
		};
	}

	of(itemIndex: number): Origin {
		let origin = this.origins.get(itemIndex);
		if (!origin) this.origins.set(itemIndex, (origin = this.make(itemIndex)));
		return origin;
	}

	async findCards(dintero: DinteroClient): Promise<void> {
		if (this.identity.kind !== 'continued') return;
		const { execution } = this.identity;
		const listing = await readList(dintero, 'wallets/cards', 'cards', { thorough: true });
		if (!isWhole(listing))
			throw new InvalidInput(
				'Resume Execution ID',
				'cannot be used here: Dintero does not return its whole card list, so cards of that execution may be missing from it.',
				"Look for them with 'Get Many', and give the rest Card IDs of your own.",
			);
		const groups = new Map<string, Group>();
		for (const card of listing.records) {
			const key = readDerived(this.place, execution, card.card_id, [this.runIndex]);
			if (!key) continue;
			const group = groups.get(key.random) ?? { newest: Number.NaN, cards: new Map() };
			const made = Date.parse(String(card.created_at ?? ''));
			if (!(made <= group.newest)) group.newest = made;
			group.cards.set(key.itemIndex, card);
			groups.set(key.random, group);
		}
		this.seen = groups.size > 0;
		const [random, { cards }] = newestOf([...groups], execution);
		this.random = random;
		this.found = cards;
		this.cardsFound = true;
		this.needsCards = false;
		this.origins.clear();
	}

	foundAny(): boolean | undefined {
		return this.identity.kind === 'continued' ? this.seen : undefined;
	}

	/** This run's entry in the node's context; made once per run. */
	private startRun(execution: string, continues?: string): NonNullable<Memory['run']> {
		const known = this.memory.run;
		// Calls of a tool may share a run index, and its retries do not: only `calls` shows which calls are retries.
		if (!this.isTool && known?.index === this.runIndex && known.continues === continues)
			return known;
		const run = { index: this.runIndex, execution, continues, random: newRandom() };
		if (!this.isTool) this.memory.run = run;
		return run;
	}

	private make(itemIndex: number): Origin {
		const { identity, place, memory } = this;
		const key = identity.kind === 'none' ? undefined : this.keyOf(itemIndex, identity.execution);
		const text = key ? markOf(place, key) : `n8n call, item ${itemIndex + 1} [${this.random}]`;
		/** IDs kept by earlier tries that turned out to be this item's. */
		const met = new Set<string>();
		const isKept = (other: string): boolean => {
			const [id] =
				Object.entries(memory.open ?? {}).find(([, marks]) => marks.includes(other)) ?? [];
			if (id !== undefined) met.add(id);
			return id !== undefined;
		};
		const isOurs = (other: string): boolean =>
			isKept(other) ||
			(identity.kind === 'continued' && readMark(place, identity.execution, other) !== undefined);
		const mark = new Mark(text, isOurs, this.refused);
		const need = (field: string): ItemKey => {
			if (!key) throw withoutExecution(field);
			return key;
		};
		const needCards = (): void => {
			if (identity.kind === 'continued' && !this.cardsFound) this.needsCards = true;
		};
		const own = key && derivedId(place, key);
		const isDerivedId = (id: unknown): boolean =>
			own !== undefined && (id === own || (typeof id === 'string' && id.startsWith(`${own}-`)));
		const origin: Origin = {
			identity,
			begunAt: this.begunAt,
			found: this.found.get(itemIndex),
			get cardId() {
				needCards();
				return derivedId(place, need('Card ID'));
			},
			mark,
			reference: (step, target) => {
				if (target !== undefined) this.targets.set(itemIndex, target);
				return derivedReference(place, need('Reference'), step);
			},
			tokenReference: (step) =>
				key ? derivedReference(place, key, step) : `n8n-${fingerprint([text, step], 16)}`,
			owns: (record) => {
				const ours = mark.isOn(record) || isDerivedId(record.card_id) || isDerivedId(record.ref_id);
				if (ours && identity.kind === 'continued') this.seen = true;
				return ours;
			},
			isDerivedId,
			keepForRetry: (...ids) => this.keepForRetry(itemIndex, key, text, ids),
			noteMade: (cardId) => {
				if (memory.run && !this.madeBefore.has(cardId)) (memory.run.made ??= []).push(cardId);
			},
			noteUnknown: (movement) => {
				(memory.unknown ??= {})[movement] = Date.now();
			},
			unknownFor: (movement) => {
				const at = memory.unknown?.[movement];
				return at === undefined ? undefined : Date.now() - at;
			},
			hasMade: (cardId) => this.madeBefore.has(cardId),
			clearRetry: () => {
				for (const id of met) delete memory.open?.[id];
			},
			earlier: (transactions, reference) =>
				identity.kind === 'continued'
					? this.earlier(identity.execution, itemIndex, transactions, reference)
					: undefined,
		};
		return origin;
	}

	private earlier(
		execution: string,
		itemIndex: number,
		transactions: readonly IDataObject[],
		reference: string,
	): IDataObject | undefined {
		const made = transactions.flatMap((transaction) => {
			const { ref_id: id } = transaction;
			const key = readDerived(this.place, execution, id, [this.runIndex]);
			return key && stepOf(id) === stepOf(reference) ? [{ transaction, item: key.itemIndex }] : [];
		});
		if (made.length > 0) this.seen = true;
		const [own] = made
			.filter(({ item }) => item === itemIndex)
			.sort((a, b) => timeOf(b.transaction) - timeOf(a.transaction));
		if (own) return own.transaction;
		const target = this.targets.get(itemIndex);
		const moved = made.find(({ item }) => this.targets.get(item) !== target);
		if (moved)
			throw new InvalidInput(
				'Resume Execution ID',
				`item ${moved.item + 1} of execution ${execution} has already moved money where item ${itemIndex + 1} would move it now, so the rows have moved.`,
				'No money was moved for this item. Use the same rows in the same order.',
			);
		return undefined;
	}

	/** The key of an item: its own, or that of an earlier try of the same item in this execution. */
	private keyOf(itemIndex: number, execution: string): ItemKey {
		const item = this.context.getInputData()[itemIndex] as INodeExecutionData | undefined;
		const again =
			this.takenOver.get(itemIndex) ??
			(this.isTool ? this.memory.calls?.[callOf(item, itemIndex)]?.shift() : undefined);
		if (again) this.takenOver.set(itemIndex, again);
		return (
			again ??
			this.earlierTry(item, execution) ?? {
				execution,
				runIndex: this.runIndex,
				itemIndex,
				random: this.random,
			}
		);
	}

	/** The key of an error item of this node that the workflow sends back into it. */
	private earlierTry(item: INodeExecutionData | undefined, execution: string): ItemKey | undefined {
		const details = item?.json.details as IDataObject | null | undefined;
		if (typeof details !== 'object' || details === null) return undefined;
		const runs = Array.from({ length: this.runIndex + 1 }, (_, back) => this.runIndex - back);
		return (
			readDerived(this.place, execution, details.cardId, runs) ??
			readDerived(this.place, execution, details.refId, runs)
		);
	}

	private keepForRetry(
		itemIndex: number,
		key: ItemKey | undefined,
		text: string,
		ids: readonly string[],
	): void {
		const { memory } = this;
		for (const id of ids) {
			const marks = ((memory.open ??= {})[id] ??= []);
			if (!marks.includes(text)) marks.push(text);
		}
		if (!this.isTool || !key || this.kept.has(itemIndex)) return;
		this.kept.add(itemIndex);
		const item = this.context.getInputData()[itemIndex] as INodeExecutionData | undefined;
		((memory.calls ??= {})[callOf(item, itemIndex)] ??= []).push(key);
	}
}

/** The end of a derived reference identifies the step; that of a refund also has the charge. */
const stepOf = (reference: unknown): string => String(reference).split('-').at(-1) ?? '';

const timeOf = ({ created_at }: IDataObject): number => Date.parse(String(created_at ?? '')) || 0;

/** A hash of a tool call's input, without the model's call ID, which is always different. */
function callOf(item: INodeExecutionData | undefined, itemIndex: number): string {
	const json = { ...item?.json };
	delete json.toolCallId;
	return fingerprint([itemIndex, JSON.stringify(json)], 16);
}

function memoryOf(context: IExecuteFunctions): Memory {
	try {
		return context.getContext('node') as Memory;
	} catch {
		// A call outside an execution may have no context; then a retry looks like a new call.
		return {};
	}
}

/** The newest group. Older ones are from another n8n database that used the same execution number. */
function newestOf(
	groups: Array<[random: string, group: Group]>,
	execution: string,
): [random: string, group: Group] {
	const field = 'Resume Execution ID';
	if (groups.length === 0)
		throw new InvalidInput(
			field,
			`the node found no card that it made in execution ${execution}.`,
			'Check the number and the node. If that execution made none, clear the field.',
		);
	const [first, ...older] = groups.sort(([, a], [, b]) => b.newest - a.newest);
	if (older.some(([, group]) => !(group.newest < first[1].newest)))
		throw new InvalidInput(
			field,
			`several executions had the number ${execution}, and the node cannot tell which of their cards are the newest.`,
			"Look for them with 'Get Many', and give the rest Card IDs of your own.",
		);
	return first;
}

function withoutExecution(field: string): InvalidInput {
	return new InvalidInput(
		field,
		'is empty, and the node cannot make one, because this call does not belong to an execution.',
		`Fill in '${field}'. For a tool, let the model fill it in with something that stays the same when it asks for the same job again, such as an order number.`,
	);
}
