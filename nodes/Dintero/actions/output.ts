import type { IDataObject } from 'n8n-workflow';

import { decimalsOf, formatAmount, mainUnitText } from '../domain/money';

/** `balance` 12345 NOK → balance "123.45", balanceMinor 12345, balanceFormatted "123.45 NOK". Empty if there is no amount. */
export function money(name: string, value: unknown, currency: string | undefined): IDataObject {
	const minor = Number(value);
	if (value === undefined || value === null || value === '' || !Number.isSafeInteger(minor))
		return {};
	return {
		[name]: mainUnitText(minor, decimalsOf(currency ?? '')),
		[`${name}Minor`]: minor,
		[`${name}Formatted`]: formatAmount(minor, currency ?? '').trim(),
	};
}

export function withoutMissing(record: IDataObject): IDataObject {
	const present: IDataObject = {};
	for (const [key, value] of Object.entries(record))
		if (value !== undefined && value !== null) present[key] = value;
	return present;
}

/** A field of Dintero's as text; `undefined` for a missing or empty one. */
export function text(value: unknown): string | undefined {
	return value === undefined || value === null || value === '' ? undefined : String(value);
}
