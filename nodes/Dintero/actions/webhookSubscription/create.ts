import type { IDataObject, INodeProperties } from 'n8n-workflow';

import { EVENTS } from '../../domain/eventNames';
import { InvalidInput, show } from '../../domain/invalidInput';
import { attempt } from '../../transport/attempt';
import type { Dintero } from '../../transport/client';
import { failureOf } from '../../transport/failure';
import { operationError } from '../../transport/operationError';
import { list } from '../../transport/pages';
import { additionalFields, simplifyOption } from '../fields';
import { operation, type Item } from '../operation';
import { withoutMissing } from '../output';
import { readCollection, readFlag, readNeededCode, readOptions } from '../readers';
import { PACE_OPTIONS, WRITE_OPTIONS, optionsCollection } from '../runOptions';
import { SUBSCRIPTIONS, simpleSubscription, withoutSecret } from './subscription';

interface Plan {
	request: IDataObject & { config: IDataObject & { url: string }; events: string[] };
	simplify: boolean;
}

/** A subscription made this little before our request, by our clock, may be its work, in milliseconds. */
const SKEW = 120_000;

const secretFields: INodeProperties[] = [
	{
		displayName: 'Signature',
		name: 'secretType',
		type: 'options',
		options: [
			{
				name: 'Authorization Header',
				value: 'authorization',
				description: 'Dintero sends the secret as the Authorization header',
			},
			{ name: 'AWS Signature V4', value: 'aws4', description: 'For an AWS endpoint' },
			{
				name: 'HMAC-SHA1',
				value: 'hmacSha1',
				description: 'Dintero signs every delivery with the secret',
			},
			{ name: 'None', value: 'none', description: 'The receiver cannot know who sends' },
		],
		default: 'hmacSha1',
		description: 'How the receiver can tell that a delivery comes from Dintero',
	},
	{
		displayName: 'Secret',
		name: 'secretValue',
		type: 'string',
		typeOptions: { password: true },
		required: true,
		default: '',
		displayOptions: { show: { secretType: ['hmacSha1', 'authorization'] } },
		hint: 'A long random text; for an Authorization header the whole value, such as Bearer and a key',
	},
	{
		displayName: 'AWS Access Key ID',
		name: 'awsAccessKeyId',
		type: 'string',
		required: true,
		default: '',
		displayOptions: { show: { secretType: ['aws4'] } },
	},
	{
		displayName: 'AWS Secret Access Key',
		name: 'awsSecretAccessKey',
		type: 'string',
		typeOptions: { password: true },
		required: true,
		default: '',
		displayOptions: { show: { secretType: ['aws4'] } },
	},
	{
		displayName: 'AWS Region',
		name: 'awsRegion',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. eu-west-1',
		displayOptions: { show: { secretType: ['aws4'] } },
	},
	{
		displayName: 'AWS Service',
		name: 'awsService',
		type: 'string',
		required: true,
		default: 'execute-api',
		placeholder: 'e.g. execute-api',
		displayOptions: { show: { secretType: ['aws4'] } },
	},
];

export const create = operation<Plan>({
	resource: 'webhookSubscription',
	value: 'create',
	name: 'Create',
	action: 'Create webhook subscription',
	description:
		"Have Dintero send events to an address of your own. To start a workflow, use the 'Dintero Trigger' node instead.",
	effect: 'write',
	fields: [
		{
			displayName: 'URL',
			name: 'url',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://www.myshop.no/dintero-events',
			description: 'Where Dintero sends the events. It must be reachable from the internet.',
		},
		{
			displayName: 'Events',
			name: 'events',
			type: 'multiOptions',
			required: true,
			options: EVENTS.map((event) => ({ ...event })),
			default: ['wallet_transaction'],
		},
		...secretFields,
		additionalFields([
			{
				displayName: 'Accept Invalid Certificates',
				name: 'insecureSsl',
				type: 'boolean',
				default: false,
				description: "Whether Dintero delivers even if the receiver's certificate is not valid",
			},
			{
				displayName: 'Active',
				name: 'active',
				type: 'boolean',
				default: true,
				description: 'Whether events are sent from now on',
			},
			{
				displayName: 'Exclude Fields',
				name: 'excludeFields',
				type: 'string',
				default: '',
				placeholder: 'e.g. transaction.metadata, transaction.created_by',
				description: 'Fields to leave out of the deliveries, separated by commas',
			},
			{
				displayName: 'Fields',
				name: 'fields',
				type: 'string',
				default: '',
				placeholder: 'e.g. transaction(amount,currency)',
				description: 'A mask of the only fields to deliver',
			},
		]),
		optionsCollection([...PACE_OPTIONS, ...WRITE_OPTIONS, simplifyOption]),
	],

	prepare(item) {
		const additional = readCollection(item, 'additionalFields');
		return {
			request: {
				config: withoutMissing({
					url: readUrl(item.get('url', '')),
					content_type: 'application/json',
					insecure_ssl: readFlag(additional.insecureSsl, false) ? 1 : 0,
					secret: readSecret(item),
				}) as Plan['request']['config'],
				events: readEvents(item.get('events', [])),
				active: readFlag(additional.active, true),
				...readMasks(additional),
			},
			simplify: readFlag(readOptions(item).simplify, true),
		};
	},

	async run({ request, simplify }, dintero) {
		const { subscription, recovered } = await subscribe(dintero, request);
		return {
			json: {
				...(simplify ? simpleSubscription(subscription) : withoutSecret(subscription)),
				recovered,
			},
		};
	},
});

/**
 * Subscribes once. After a lost answer the subscription is searched for before it is asked for again: a second one
 * would deliver every event twice.
 * @throws NodeApiError, NodeOperationError
 */
async function subscribe(
	dintero: Dintero,
	request: Plan['request'],
): Promise<{ subscription: IDataObject; recovered: boolean }> {
	const startedAt = Date.now();
	for (let tries = 1; ; tries++) {
		const { answer, problem } = await attempt(dintero.post(SUBSCRIPTIONS, request, 'write'));
		if (answer) return { subscription: answer as IDataObject, recovered: false };
		if (failureOf(problem)?.outcome !== 'unknown' && tries === 1) throw problem;
		const found = (
			await list(dintero, SUBSCRIPTIONS, 'subscriptions', Number.POSITIVE_INFINITY)
		).find((entry) => isWork(entry, request, startedAt));
		if (found) return { subscription: found, recovered: true };
		if (tries >= 3)
			throw operationError(
				dintero.node,
				'Dintero did not say whether the webhook subscription was made',
				"Look for its URL with 'Get Many' of the webhook subscriptions before you run again.",
			);
		await dintero.pause(1000 * tries);
	}
}

function isWork(entry: IDataObject, request: Plan['request'], startedAt: number): boolean {
	const { url } = (entry.config ?? {}) as IDataObject;
	const events = (values: unknown) => JSON.stringify([...((values ?? []) as string[])].sort());
	return (
		!entry.deleted_at &&
		url === request.config.url &&
		events(entry.events) === events(request.events) &&
		Date.parse(String(entry.created_at ?? '')) >= startedAt - SKEW
	);
}

function readUrl(value: unknown): string {
	const url = String(value ?? '').trim();
	if (url === '')
		throw new InvalidInput('URL', 'is empty.', 'Write the address that receives the events.');
	if (/^https?:\/\/[^\s/]+\S*$/i.test(url)) return url;
	throw new InvalidInput(
		'URL',
		`${show(url)} is not a web address.`,
		'Write it with https:// in front.',
	);
}

/** A list, or text separated by commas as an AI agent gives it. */
function readEvents(value: unknown): string[] {
	const events = [...new Set(namesIn(value))];
	if (events.length === 0)
		throw new InvalidInput('Events', 'is empty.', 'Choose at least one event.');
	const unknown = events.find((event) => !EVENTS.some((known) => known.value === event));
	if (unknown === undefined) return events;
	throw new InvalidInput(
		'Events',
		`${show(unknown)} is not an event of Dintero.`,
		'For gift cards use wallet_transaction.',
	);
}

function namesIn(value: unknown): string[] {
	const names = Array.isArray(value) ? (value as unknown[]) : String(value ?? '').split(',');
	return names.map((name) => String(name).trim()).filter((name) => name !== '');
}

function readMasks({ fields, excludeFields }: IDataObject): IDataObject {
	const mask = String(fields ?? '').trim();
	const excluded = namesIn(excludeFields);
	return {
		...(mask === '' ? {} : { fields: mask }),
		...(excluded.length === 0 ? {} : { exclude_fields: excluded }),
	};
}

function readSecret(item: Item): IDataObject | undefined {
	const type = item.get('secretType', 'hmacSha1');
	switch (type) {
		case 'none':
			return undefined;
		case 'hmacSha1':
			return { type: 'HMAC-SHA1', value: readNeededCode(item, 'secretValue', 'Secret') };
		case 'authorization':
			return { type: 'Authorization', value: readNeededCode(item, 'secretValue', 'Secret') };
		case 'aws4':
			return {
				type: 'AWS4-HMAC-SHA256',
				aws_access_key_id: readNeededCode(item, 'awsAccessKeyId', 'AWS Access Key ID'),
				aws_secret_access_key: readNeededCode(item, 'awsSecretAccessKey', 'AWS Secret Access Key'),
				region: readNeededCode(item, 'awsRegion', 'AWS Region'),
				service: readNeededCode(item, 'awsService', 'AWS Service'),
			};
		default:
			throw new InvalidInput(
				'Signature',
				`${show(type)} is not a choice.`,
				'Use hmacSha1, authorization, aws4 or none.',
			);
	}
}
