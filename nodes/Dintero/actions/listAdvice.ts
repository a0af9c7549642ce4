import type { IDataObject } from 'n8n-workflow';

import type { Listing } from '../transport/pages';
import type { Item } from './operation';

/** A filter applied by the node itself. It counts the results, for a hint in the editor. */
export class CountingFilter {
	private passed = 0;
	private failed = 0;
	private undecided = 0;

	/** @param passes returns `undefined` when the record does not show the value: it is left out and counted */
	constructor(private readonly passes: (record: IDataObject) => boolean | undefined) {}

	readonly keep = (record: IDataObject): boolean => {
		const verdict = this.passes(record);
		if (verdict) this.passed++;
		else if (verdict === undefined) this.undecided++;
		else this.failed++;
		return verdict === true;
	};

	/**
	 * @param what in the plural, for example `gift cards`
	 * @param about the value that records did not show, for example `their balance`
	 */
	advise(warn: Item['warn'], what: string, about: string): void {
		if (this.undecided > 0)
			warn(
				`Some ${what} (${this.undecided}) were left out because Dintero does not show ${about}, so the node cannot check them against the filters`,
			);
		else if (this.passed === 0 && this.failed > 0)
			warn(`None of the ${what} (${this.failed}) match the filters`);
	}
}

/** Hints that a list may be incomplete, when Dintero returned one page and no way to the next. */
export function adviseOnEnd(warn: Item['warn'], { end }: Pick<Listing, 'end'>, what: string): void {
	if (end !== 'unpaged') return;
	warn(`Dintero returns only one page of the ${what}, so there may be more than those listed`);
}
