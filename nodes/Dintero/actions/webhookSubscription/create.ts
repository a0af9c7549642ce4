import type { IDataObject } from 'n8n-workflow';

import { EVENTS } from '../../domain/eventNames';
import { InvalidInput, show } from '../../domain/invalidInput';
import { isNothing, isWordForNothing, visibleText } from '../../domain/nothing';
import { choice, choices } from '../../fields/choice';
import { secret } from '../../fields/code';
import { additionalFields, options } from '../../fields/collection';
import { field, shownWhen, type Field } from '../../fields/field';
import { flag, simplify } from '../../fields/flag';
import { writeOptions } from '../../fields/runOptions';
import { parseAddress } from '../../fields/text';
import { subscribe, type SubscriptionRequest } from '../../exactlyOnce/subscribe';
import { operation } from '../operation';
import { withoutMissing } from '../output';
import { simpleSubscription, redactedSubscription } from './subscription';

interface Plan {
	request: SubscriptionRequest;
	simplify: boolean;
}

const secretType = choice({
	name: 'secretType',
	displayName: 'Signature',
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
		{ name: 'None', value: 'none', description: 'The receiver cannot check who sends' },
	],
	default: 'hmacSha1',
	description: 'How the receiver can tell that a delivery comes from Dintero',
});

const secretValue = secret({
	name: 'secretValue',
	displayName: 'Secret',
	hint: 'A long random text. For an Authorization header: the whole value, such as Bearer and a key.',
});
const aws = {
	keyId: secret({ name: 'awsAccessKeyId', displayName: 'AWS Access Key ID' }, { masked: false }),
	secretKey: secret({ name: 'awsSecretAccessKey', displayName: 'AWS Secret Access Key' }),
	region: secret(
		{ name: 'awsRegion', displayName: 'AWS Region', placeholder: 'e.g. eu-west-1' },
		{ masked: false },
	),
	service: secret(
		{
			name: 'awsService',
			displayName: 'AWS Service',
			placeholder: 'e.g. execute-api',
			default: 'execute-api',
		},
		{ masked: false },
	),
};
const secretFields: Array<Field<unknown>> = [
	secretType,
	shownWhen(secretValue, { secretType: ['hmacSha1', 'authorization'] }),
	...Object.values(aws).map((inner) => shownWhen(inner, { secretType: ['aws4'] })),
];

/** *Signature* and the secrets it needs, as the `secret` of the request. */
const signature: Field<IDataObject | undefined> = {
	properties: secretFields.flatMap(({ properties }) => [...properties]),
	leaves: secretFields.flatMap(({ leaves }) => [...leaves]),
	read(raw) {
		switch (secretType.read(raw)) {
			case 'none':
				return undefined;
			case 'hmacSha1':
				return { type: 'HMAC-SHA1', value: secretValue.read(raw) };
			case 'authorization':
				return { type: 'Authorization', value: secretValue.read(raw) };
			case 'aws4':
				return {
					type: 'AWS4-HMAC-SHA256',
					aws_access_key_id: aws.keyId.read(raw),
					aws_secret_access_key: aws.secretKey.read(raw),
					region: aws.region.read(raw),
					service: aws.service.read(raw),
				};
		}
	},
};

const url: Field<string> = field({
	kind: 'url',
	property: {
		displayName: 'URL',
		name: 'url',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. https://www.myshop.no/dintero-events',
		description: 'Where Dintero sends the events. It must be reachable from the internet.',
	},
	wayOut: 'Write it with https:// in front.',
	parse: (value) => parseAddress(value, 'URL', /^https?:\/\/[^\s/]+(?:\/\S*)?$/i),
});

/** A field for one of Dintero's field masks. */
const mask = (property: {
	name: string;
	displayName: string;
	placeholder: string;
	description: string;
}): Field<string | undefined> =>
	field<string | undefined>({
		kind: 'mask',
		property: { type: 'string', default: '', ...property },
		empty: { is: undefined },
		parse(value) {
			const text = visibleText(String(Array.isArray(value) ? value.join(',') : value));
			const list = typeof value === 'string' || Array.isArray(value);
			if (
				list &&
				/^[\w.,()* \t\n/-]+$/.test(text) &&
				!text.split(/[\s,()]+/).some(isWordForNothing)
			)
				return text;
			throw new InvalidInput(
				property.displayName,
				`${show(value)} is not a list of fields.`,
				'Write field names, separated by commas.',
			);
		},
	});

const fields = {
	url,
	events: choices({
		name: 'events',
		displayName: 'Events',
		options: EVENTS,
		default: ['wallet_transaction'],
	}),
	signature,
	additionalFields: additionalFields({
		insecureSsl: flag({
			name: 'insecureSsl',
			displayName: 'Accept Invalid Certificates',
			default: false,
			description: "Whether Dintero delivers even if the receiver's certificate is not valid",
		}),
		active: flag({
			name: 'active',
			displayName: 'Active',
			default: true,
			description: 'Whether events are sent from now on',
		}),
		excludeFields: mask({
			name: 'excludeFields',
			displayName: 'Exclude Fields',
			placeholder: 'e.g. transaction.metadata, transaction.created_by',
			description: 'Fields to leave out of the deliveries, separated by commas',
		}),
		fields: mask({
			name: 'fields',
			displayName: 'Fields',
			placeholder: 'e.g. transaction(amount,currency)',
			description: 'The only fields to deliver, as a field mask',
		}),
	}),
	options: options({ ...writeOptions, simplify }),
};

export const create = operation<typeof fields, Plan>({
	resource: 'webhookSubscription',
	value: 'create',
	name: 'Create',
	action: 'Create webhook subscription',
	description:
		"Have Dintero send events to a URL of your own. To start a workflow, use the 'Dintero Trigger' node instead.",
	effect: 'write',
	scopes: ['admin:hooks', 'write:hooks'],
	fields,

	prepare(values) {
		const { additionalFields: details } = values;
		const excluded = (details.excludeFields ?? '')
			.split(',')
			.map((name) => name.trim())
			.filter((name) => !isNothing(name));
		return {
			request: {
				config: withoutMissing({
					url: values.url,
					content_type: 'application/json',
					insecure_ssl: details.insecureSsl ? 1 : 0,
					secret: values.signature,
				}) as SubscriptionRequest['config'],
				events: values.events,
				active: details.active,
				...(details.fields === undefined ? {} : { fields: details.fields }),
				...(excluded.length === 0 ? {} : { exclude_fields: excluded }),
			},
			simplify: values.options.simplify,
		};
	},

	async run({ request, simplify: simple }, dintero) {
		const { subscription, recovered } = await subscribe(dintero, request);
		return {
			json: {
				...(simple ? simpleSubscription(subscription) : redactedSubscription(subscription)),
				recovered,
			},
		};
	},
});
