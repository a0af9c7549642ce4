import type { INodeProperties } from 'n8n-workflow';

import { InvalidInput, show } from '../domain/invalidInput';
import { visibleText } from '../domain/nothing';
import {
	isFromMissingValue,
	parseId,
	parseName,
	parseOptionalReference,
	parseReference,
} from '../domain/text';
import { field, type Field } from './field';

interface TextProperty {
	name: string;
	displayName: string;
	description?: string;
	hint?: string;
	placeholder?: string;
	default?: string;
}

const shown = (property: TextProperty, required = false): INodeProperties => ({
	type: 'string',
	default: '',
	...property,
	...(required ? { required } : {}),
});

/** A required ID. */
export function requiredId(property: TextProperty): Field<string> {
	return field({
		kind: 'id',
		property: shown(property, true),
		wayOut: 'Fill it in.',
		parse: (value) => parseId(value, property.displayName),
	});
}

/** The user's own ID. Left empty by hand, the node makes one. */
export function ownId(property: TextProperty): Field<string | undefined> {
	return field<string | undefined>({
		kind: 'id',
		property: shown(property),
		empty: { is: undefined },
		parse: (value) => parseId(value, property.displayName),
	});
}

/** The user's own reference. Left empty by hand, the node makes one. */
export function ownReference(property: TextProperty): Field<string | undefined> {
	return field<string | undefined>({
		kind: 'reference',
		property: shown(property),
		empty: { is: undefined },
		parse: (value) => parseReference(value, property.displayName),
	});
}

/** Optional descriptive text, such as a customer's ID. Words for "nothing", such as `null`, count as empty. */
export function optionalReference(property: TextProperty): Field<string | undefined> {
	const { displayName } = property;
	return field<string | undefined>({
		kind: 'optionalReference',
		property: shown(property),
		empty: { is: undefined },
		whenNothing: 'hint',
		parse: (value) => parseOptionalReference(value, displayName),
	});
}

/** Optional text for people. */
export function name(property: TextProperty): Field<string | undefined> {
	return field<string | undefined>({
		kind: 'name',
		property: shown(property),
		empty: { is: undefined },
		whenNothing: 'hint',
		allowIncomplete: true,
		parse: (value) => parseName(value, property.displayName),
	});
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * An ID that Dintero made: a UUID (wallets and hooks API).
 * @param whereFrom where a person finds it, for example `'Charge' returns it`
 * @throws InvalidInput
 */
export function parseUuid(value: unknown, displayName: string, whereFrom: string): string {
	const id = typeof value === 'string' ? visibleText(value) : '';
	if (UUID.test(id)) return id.toLowerCase();
	throw new InvalidInput(
		displayName,
		`${show(value)} is not an ID made by Dintero.`,
		`It looks like 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11; ${whereFrom}.`,
	);
}

/**
 * A web address.
 * @param form what it must look like
 * @throws InvalidInput
 */
export function parseAddress(value: unknown, displayName: string, form: RegExp): string {
	const address = typeof value === 'string' ? visibleText(value) : '';
	if (form.test(address) && URL.canParse(address) && !isFromMissingValue(address)) return address;
	throw new InvalidInput(
		displayName,
		`${show(value)} is not a web address.`,
		'Write it with https:// in front.',
	);
}

/** A required ID made by Dintero. */
export function uuid(property: TextProperty & { whereFrom: string }): Field<string> {
	const { whereFrom, ...rest } = property;
	return field({
		kind: 'uuid',
		property: shown(rest, true),
		wayOut: `It looks like 9f8c2f1e-2a6c-4c53-9c5f-0d6f1f3c7b11; ${whereFrom}.`,
		parse: (value) => parseUuid(value, property.displayName, whereFrom),
	});
}
