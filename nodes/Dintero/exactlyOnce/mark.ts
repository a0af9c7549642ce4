import type { IDataObject } from 'n8n-workflow';

import { failureOf } from '../transport/failure';

/** The metadata key that holds the mark. */
export const MARK_KEY = 'n8n_origin';
/** The metadata keys that link a refund to its charge, and a replaced card and the new one to each other. */
export const REFUND_OF_KEY = 'n8n_refund_of';
export const REPLACED_BY_KEY = 'n8n_replaced_by';
export const REPLACES_KEY = 'n8n_replaces';
/** Every metadata key the node itself writes. */
const OWN_KEYS = [MARK_KEY, REFUND_OF_KEY, REPLACED_BY_KEY, REPLACES_KEY];

/** The members of a request that can carry the mark. */
const MEMBERS = ['metadata', 'originated_by'] as const;
type Member = (typeof MEMBERS)[number];

/** Members that Dintero refused in this run; later requests of the run do not send the mark in them. */
export type RefusedMembers = Set<Member>;

/**
 * A text written on a record to recognize what this item made.
 *
 * It goes into the metadata and, unless the user set it, into `originated_by`, because Dintero may drop either of them,
 * keep the batch's value at activation, or not support it yet (`originated_by` on create is new in 2026).
 */
export class Mark {
	/**
	 * @param text the mark
	 * @param isOurs whether another mark belongs to the same item, from an earlier try or the continued execution
	 * @param refused shared by the marks of a run
	 */
	constructor(
		readonly text: string,
		private readonly isOurs: (text: string) => boolean = () => false,
		private readonly refused: RefusedMembers = new Set(),
	) {}

	/**
	 * The request with the mark.
	 * @param members of the request that can carry it; captures have no `originated_by`
	 * @param links metadata by the link keys above
	 */
	on<T extends IDataObject>(
		request: T,
		members: readonly Member[] = MEMBERS,
		links: IDataObject = {},
	): T {
		const marked: IDataObject = { ...request };
		if (members.includes('metadata') && !this.refused.has('metadata'))
			marked.metadata = {
				...(request.metadata as IDataObject | undefined),
				...links,
				[MARK_KEY]: this.text,
			};
		if (
			members.includes('originated_by') &&
			!this.refused.has('originated_by') &&
			request.originated_by === undefined
		)
			marked.originated_by = this.text;
		return marked as T;
	}

	/** Whether a record from Dintero carries this mark or another one of the same item. */
	isOn(record: IDataObject): boolean {
		return marksOn(record).some((text) => text === this.text || this.isOurs(text));
	}

	/** Whether a record carries the mark of this try, not of an earlier one or the continued execution. */
	isExactlyOn(record: IDataObject): boolean {
		return marksOn(record).includes(this.text);
	}

	/** Whether a record carries a mark that is not this item's. */
	isOfAnotherRun(record: IDataObject): boolean {
		if (this.isOn(record)) return false;
		return MEMBERS.some((member) => isMarked(record, member));
	}

	/**
	 * Whether the answer to a marked request shows what somebody else did before: Dintero may answer a repeated ID or
	 * reference that way. `false` if the record does not say.
	 */
	isByAnother(record: IDataObject, request: IDataObject): boolean {
		if (this.isOn(record)) return false;
		const { originated_by: shown } = record;
		const metadata = record.metadata as IDataObject | null | undefined;
		if (typeof shown === 'string' && shown !== '' && shown !== request.originated_by) return true;
		if (metadata?.[MARK_KEY] !== undefined) return true;
		// If the user set `originated_by`, only the metadata carries the mark.
		const onlyMetadata = isMarked(request, 'metadata') && !isMarked(request, 'originated_by');
		return onlyMetadata && metadata !== undefined && metadata !== null;
	}

	/**
	 * The request without the member that Dintero refused, if that member only carries our mark.
	 * @returns `undefined` when the refusal has another reason
	 */
	without<T extends IDataObject>(request: T, problem: unknown): T | undefined {
		const failure = failureOf(problem);
		if (failure?.outcome !== 'refused') return undefined;
		const text = `${failure.message} ${failure.details ?? ''}`;
		const named = MEMBERS.find(
			(member) =>
				isMarked(request, member) &&
				new RegExp(`\\b(?:${[member, ...keysIn(member)].join('|')})\\b`).test(text),
		);
		if (named === undefined) return undefined;
		this.refused.add(named);
		const { [named]: value, ...rest } = request;
		if (named === 'originated_by') return rest as T;
		const own = withoutMark(value);
		return (own ? { ...rest, metadata: own } : rest) as T;
	}
}

/** Metadata as the user gave it. @returns `undefined` when nothing is left */
export function withoutMark(metadata: unknown): IDataObject | undefined {
	if (typeof metadata !== 'object' || metadata === null) return undefined;
	const own = { ...(metadata as IDataObject) };
	for (const key of OWN_KEYS) delete own[key];
	return Object.keys(own).length > 0 ? own : undefined;
}

const keysIn = (member: Member): string[] => (member === 'metadata' ? OWN_KEYS : []);

/** Whether a member of a request or a record carries a mark. */
function isMarked(request: IDataObject, member: Member): boolean {
	if (member === 'metadata')
		return (request.metadata as IDataObject | null | undefined)?.[MARK_KEY] !== undefined;
	const { originated_by: text } = request;
	return typeof text === 'string' && text.startsWith('n8n ') && text.endsWith(']');
}

/** The texts on a record that may be marks. */
function marksOn({ originated_by, metadata }: IDataObject): string[] {
	return [originated_by, (metadata as IDataObject | null | undefined)?.[MARK_KEY]].filter(
		(text): text is string => typeof text === 'string' && text !== '',
	);
}
