import type { IDataObject, INode } from 'n8n-workflow';

import { attempt } from './attempt';
import type { DinteroClient, Request } from './client';
import { failureOf, type Failure } from './failure';
import { readList, type Listing, type ListSource } from './pages';
import type { Repeat } from './retry';

/** What Checkout answered. */
export interface CheckoutAnswer {
	body: IDataObject;
	/** 202: accepted but not finished. The body shows the current state; no money has moved yet. */
	accepted: boolean;
}

const known = new WeakMap<DinteroClient, Checkout>();

/** Dintero Checkout for one run, with the same access token, pace and retries as the wallets. */
export function checkoutOf(dintero: DinteroClient): Checkout {
	let checkout = known.get(dintero);
	if (!checkout) known.set(dintero, (checkout = new Checkout(dintero)));
	return checkout;
}

export class Checkout implements ListSource {
	/** The base URL that served a request; missing until one did. */
	private root?: string;

	constructor(readonly dintero: DinteroClient) {}

	get node(): INode {
		return this.dintero.node;
	}

	/**
	 * @param path for example `transactions`; build parts that hold an ID with `segment`
	 * @throws NodeApiError made by `apiError`
	 */
	async get(path: string, query: IDataObject = {}): Promise<unknown> {
		return await this.send({ method: 'GET', path, repeat: 'safe', query });
	}

	/**
	 * One session or transaction by its ID. Dintero's schema requires only a transaction's amount and currency, so an
	 * answer without an ID counts if it looks like an order; anything else is treated as unreadable and requested
	 * again.
	 * @throws NodeApiError made by `apiError`
	 */
	async getRecord(path: string, id: string): Promise<IDataObject> {
		const shows = ({ id: shown, currency, order }: IDataObject) =>
			shown === id || (shown === undefined && (currency ?? order) !== undefined);
		return (await this.send({ method: 'GET', path, repeat: 'safe', shows })) as IDataObject;
	}

	/**
	 * @param repeat `unsafe` for everything that creates a session or moves money: Checkout has no idempotency, so such
	 *   a request is never repeated here on an unknown outcome, nor on a 401 or 403
	 * @throws NodeApiError made by `apiError`; ask `failureOf(error)` for the outcome
	 */
	async post(path: string, body: IDataObject | undefined, repeat: Repeat): Promise<CheckoutAnswer> {
		let accepted = false;
		const answered = (status: number): void => void (accepted = status === 202);
		const answer = await this.send({ method: 'POST', path, repeat, body, answered });
		return { body: answer as IDataObject, accepted };
	}

	/**
	 * The newest records of a list that is a bare array, paged by the last record's `id`. Dintero documents no order.
	 * While the pages come newest first, reading stops at the limit; otherwise the whole list is read and sorted here.
	 * Pages are always full-size, because a few records alone say nothing about the order.
	 * @param limit the maximum number of records to return
	 * @throws NodeApiError
	 */
	async newest(
		path: string,
		limit: number,
		query: IDataObject = {},
	): Promise<Pick<Listing, 'records' | 'end'>> {
		let newestFirst = true;
		let [read, before] = [0, Infinity];
		const { records, end } = await readList(this, path, 'transactions', {
			query,
			thorough: true,
			enough: (page) => {
				for (const record of page) {
					const at = timeOf(record);
					newestFirst &&= at <= before;
					before = at;
				}
				read += page.length;
				return newestFirst && read >= limit;
			},
		});
		if (!newestFirst) records.sort(byNewest);
		return { records: records.slice(0, limit), end };
	}

	/**
	 * A 404 that mentions neither a session nor a transaction may mean that Checkout is not served at this base URL.
	 * Nothing was done then, so the request goes to the other base URL.
	 */
	private async send(request: Request): Promise<unknown> {
		const [first, ...others] = this.root === undefined ? this.dintero.checkoutRoots : [this.root];
		const { answer, problem } = await attempt(this.sendTo(first, request));
		if (problem === undefined) return answer;
		if (!isNotServed(failureOf(problem))) throw problem;
		for (const root of others) {
			const elsewhere = await attempt(this.sendTo(root, request));
			if (elsewhere.problem === undefined) return elsewhere.answer;
			if (!isNotServed(failureOf(elsewhere.problem))) throw elsewhere.problem;
		}
		throw problem;
	}

	private async sendTo(root: string, request: Request): Promise<unknown> {
		const answer = await this.dintero.send({ ...request, root });
		this.root = root;
		return answer;
	}
}

/** Whether a 404 means that nothing is served at this address. */
export function isNotServed(failure: Failure | undefined): boolean {
	return failure?.status === 404 && !/session|transaction/i.test(failure.message);
}

const byNewest = (a: IDataObject, b: IDataObject): number => {
	const [one, other] = [timeOf(a), timeOf(b)];
	return one === other ? 0 : one > other ? -1 : 1;
};

/** A record without a readable time counts as the oldest. */
const timeOf = ({ created_at: at }: IDataObject): number => {
	const time = Date.parse(String(at ?? ''));
	return Number.isNaN(time) ? -Infinity : time;
};
