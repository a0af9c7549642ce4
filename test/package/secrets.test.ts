import type { IDataObject } from 'n8n-workflow';

import { Engine } from '../support/engine.mts';
import { testCredential } from '../support/credentialTest.mts';
import { logText } from '../support/logs.mts';
import { workflowOf } from '../support/harness.mts';
import { fastTime } from '../support/time.mts';
import { startQuotingApi, type Manners, type QuotingApi } from './quotingApi.mts';

/** Planted where a workflow would hold them. */
const PLANTED = {
	clientSecret: 'example/client+secret==',
	cardToken: 'example-card-token-4711',
	pin: 'canary-pin-2947',
	hmac: 'canary-"hmac"-secret-77',
	authorization: 'Bearer canary-webhook-key-99',
	aws: 'canary/aws+secret-key',
};

/** An expression that gives the text without holding it, so that only what was said can contain it. */
const hidden = (text: string) =>
	`={{ ${JSON.stringify(text.slice(0, 9))} + ${JSON.stringify(text.slice(9))} }}`;

let api: QuotingApi;
let realTime: () => void;
beforeEach(() => {
	realTime = fastTime();
});
afterEach(() => {
	api.close();
	realTime();
});

/** Runs one operation against an API that quotes everything, and returns all that n8n keeps or shows of it. */
async function everythingTold(
	parameters: object,
	settings: object,
	manners: Manners,
	items: IDataObject[] = [{ row: 1 }],
) {
	api = await startQuotingApi(manners);
	const engine = new Engine();
	const credential = engine.addCredential('dinteroApi', {
		accountId: 'T11223344',
		clientId: 'client',
		clientSecret: PLANTED.clientSecret,
		baseUrl: api.apiUrl,
		accessToken: manners.expired ?? '',
	});
	const workflow = workflowOf(parameters as never, credential, settings);
	const run = await engine.run(workflow, { items });
	const own = run.raw.data.resultData.runData.Dintero ?? [];
	const loud = run.logs.filter(({ level }) => level !== 'debug');
	return {
		run,
		text: JSON.stringify(own, (_key, value: unknown) =>
			value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value,
		).concat(
			'\n',
			JSON.stringify(run.error ?? ''),
			'\n',
			run.error?.message ?? '',
			'\n',
			logText(loud),
		),
	};
}

const secretsOfNow = () => [
	...Object.values(PLANTED).flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]),
	...api.tokens,
	btoa(`client:${PLANTED.clientSecret}`),
];

const operations: Array<[string, object]> = [
	[
		'checking a balance',
		{
			resource: 'giftCard',
			operation: 'checkBalance',
			cardToken: hidden(PLANTED.cardToken),
			pin: hidden(PLANTED.pin),
		},
	],
	[
		'charging by card token',
		{
			resource: 'transaction',
			operation: 'charge',
			cardBy: 'cardToken',
			refId: 'sale-1',
			cardToken: hidden(PLANTED.cardToken),
			pin: hidden(PLANTED.pin),
			amount: '10',
		},
	],
	['creating a card', { resource: 'giftCard', operation: 'create', amount: '10', cardId: 'one' }],
	...(['hmacSha1', 'authorization', 'aws4'] as const).map((secretType): [string, object] => [
		`subscribing with ${secretType}`,
		{
			resource: 'webhookSubscription',
			operation: 'create',
			url: 'https://shop.example.test/hook',
			events: ['wallet_transaction'],
			secretType,
			secretValue: hidden(secretType === 'hmacSha1' ? PLANTED.hmac : PLANTED.authorization),
			awsAccessKeyId: 'AKIA',
			awsSecretAccessKey: hidden(PLANTED.aws),
			awsRegion: 'eu-west-1',
			awsService: 'execute-api',
		},
	]),
];

describe.each(operations)('%s at an API that quotes what it is told', (_name, parameters) => {
	test.each([400, 403, 404, 500])(
		'status %d',
		async (status) => {
			for (const onError of ['stopWorkflow', 'continueErrorOutput', 'continueRegularOutput']) {
				const { text, run } = await everythingTold(parameters, { onError }, { status });
				expect(run.ran('Dintero')).toBe(true);
				expect(text).toMatch(/Dintero|PIN|card token/);
				for (const secret of secretsOfNow()) expect(text).not.toContain(secret);
				api.close();
			}
		},
		60_000,
	);

	test('a sign-in that quotes the client', async () => {
		const { text } = await everythingTold(parameters, {}, { status: 400, signIn: false });
		expect(text).toContain('refused the sign-in');
		for (const secret of secretsOfNow()) expect(text).not.toContain(secret);
	});
});

test('a request whose access token another one has replaced meanwhile', async () => {
	const expired = 'canary-old-access-token-0123456789';
	const { text, run } = await everythingTold(
		{ resource: 'giftCard', operation: 'get', cardId: '={{ $json.card }}' },
		{ onError: 'continueRegularOutput' },
		{ status: 400, expired },
		[{ card: 'one' }, { card: 'two' }, { card: 'three' }],
	);
	expect(run.json('Dintero')).toHaveLength(3);
	expect(api.tokens).toHaveLength(1);
	for (const secret of [...secretsOfNow(), expired]) expect(text).not.toContain(secret);
});

test.each([true, false])("the credential's test (sign-in that works: %p)", async (signIn) => {
	api = await startQuotingApi({ status: 500, signIn });
	const { status, message } = await testCredential({
		accountId: 'T11223344',
		clientId: ' client ',
		clientSecret: ` ${PLANTED.clientSecret} `,
		baseUrl: api.apiUrl,
	});
	expect({ status, message }).toEqual({
		status: 'Error',
		message: expect.stringContaining('I do not like') as string,
	});
	for (const secret of secretsOfNow()) expect(message).not.toContain(secret);
});
