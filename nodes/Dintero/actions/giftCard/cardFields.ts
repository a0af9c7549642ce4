import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { parseDate, secondsUntil } from '../../domain/dates';
import { InvalidInput, show } from '../../domain/invalidInput';
import type { IfCardExists } from '../../issuance/issueCard';
import type { Item } from '../operation';
import { readChoice } from '../readers';

/** Additional fields of a card that several operations share, and their readers. */

export const activeFromField: INodeProperties = {
	displayName: 'Active From',
	name: 'activeFrom',
	type: 'dateTime',
	default: '',
	description: "The card cannot be used before. Without a time zone, the workflow's is used.",
};

export const cardTypeField: INodeProperties = {
	displayName: 'Card Type',
	name: 'type',
	type: 'options',
	options: [
		{ name: 'Gift Card', value: 'gift_card' },
		{ name: 'Credit Note', value: 'credit_note' },
	],
	default: 'gift_card',
};

export const codeLifetimeField: INodeProperties = {
	displayName: 'Code Lifetime (Days)',
	name: 'codeLifetimeDays',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 365,
	description:
		'How long the card token works. When not set, as long as the card, or ten years for a card without an expiry.',
};

export const customerIdField: INodeProperties = {
	displayName: 'Customer ID',
	name: 'customerId',
	type: 'string',
	default: '',
	placeholder: 'e.g. customer-77',
	description: 'Your own ID for the customer who owns the card',
};

export const expiresAtField: INodeProperties = {
	displayName: 'Expires At',
	name: 'expiresAt',
	type: 'dateTime',
	default: '',
	description:
		"The card cannot be used after. A date without a time means the end of that day in the workflow's time zone.",
};

/**
 * @param description when the question arises
 * @param reissue what becomes of the old codes
 */
export function ifCardExistsOption(description: string, reissue: string): INodeProperties {
	return {
		displayName: 'If Card Exists',
		name: 'ifCardExists',
		type: 'options',
		options: [
			{ name: 'Stop With an Error', value: 'stop', description: 'The card is left alone' },
			{ name: 'Return It Without Codes', value: 'return', description: 'The card is left alone' },
			{ name: 'Reissue Its Codes', value: 'reissue', description: reissue },
		],
		default: 'stop',
		description,
	};
}

export const nameField: INodeProperties = {
	displayName: 'Name',
	name: 'name',
	type: 'string',
	default: '',
	placeholder: 'e.g. Summer gift card',
	description: 'Name shown for the card',
};

export const singleUseField: INodeProperties = {
	displayName: 'Single Use',
	name: 'singleUse',
	type: 'boolean',
	default: false,
	description: 'Whether the card token works for one transaction only, whatever the balance left',
};

/** A card token without an own or a card's expiry lives ten years; Dintero's default for a missing one is not documented. */
const TEN_YEARS = 10 * 365 * 24 * 3600;

/** @throws InvalidInput */
export function readCardType(value: unknown): 'gift_card' | 'credit_note' {
	return readChoice(value === '' ? undefined : value, 'Card Type', ['gift_card', 'credit_note']);
}

/** @throws InvalidInput */
export function readIfCardExists(value: unknown): IfCardExists {
	const choice = value === '' ? undefined : value;
	return readChoice(choice, 'If Card Exists', ['stop', 'return', 'reissue']);
}

/**
 * *Active From* and *Expires At* with an offset, as they are sent.
 * @throws InvalidInput for what is no date, an expiry in the past, or an expiry before the card is active
 */
export function readDates(
	item: Item,
	additional: IDataObject,
): { activeFrom?: string; expiresAt?: string } {
	const given = (value: unknown) => value !== undefined && value !== null && value !== '';
	const activeFrom = given(additional.activeFrom)
		? parseDate(additional.activeFrom, item.timeZone, 'start', 'Active From')
		: undefined;
	const expiresAt = given(additional.expiresAt)
		? parseDate(additional.expiresAt, item.timeZone, 'end', 'Expires At')
		: undefined;
	if (expiresAt && secondsUntil(expiresAt, Date.now()) <= 0)
		throw new InvalidInput(
			'Expires At',
			`${show(additional.expiresAt)} (${expiresAt}) has passed.`,
			'Use a date in the future.',
		);
	if (activeFrom && expiresAt && Date.parse(activeFrom) >= Date.parse(expiresAt))
		throw new InvalidInput(
			'Active From',
			`${activeFrom} is not before the card expires (${expiresAt}).`,
			'Use an earlier date.',
		);
	return { activeFrom, expiresAt };
}

/**
 * How long a card token works, in seconds.
 * @param days *Code Lifetime (Days)*, or nothing for as long as the card
 * @throws InvalidInput
 */
export function readTokenLifetime(days: unknown, expiresAt: string | undefined): number {
	if (days === undefined || days === null || days === '')
		return expiresAt ? secondsUntil(expiresAt, Date.now()) : TEN_YEARS;
	const seconds = Math.floor(Number(days) * 24 * 3600);
	if (!(seconds >= 1))
		throw new InvalidInput(
			'Code Lifetime (Days)',
			`${show(days)} is not a number of days.`,
			'Write a number such as 365.',
		);
	return seconds;
}
