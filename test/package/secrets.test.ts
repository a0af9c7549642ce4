import { Engine } from '../support/engine.mts';
import { logText } from '../support/logs.mts';
import { workflowOf } from '../support/stage.mts';
import { fastTime } from '../support/time.mts';
import { startEcho, type EchoServer } from './echo.mts';

/** Planted where a workflow would hold them; each is found by its own name. */
const PLANTED = {
	clientSecret: 'example/client+secret==',
	cardToken: 'example-card-token-4711',
	pin: 'planted-pin-2947',
	hmac: 'planted-hmac-secret-77',
	authorization: 'Bearer planted-webhook-key-99',
	aws: 'planted/aws+secret-key',
};

/** An expression that gives the text without holding it, so that only what was said can contain it. */
const hidden = (text: string) =>
	`={{ ${JSON.stringify(text.slice(0, 9))} + ${JSON.stringify(text.slice(9))} }}`;

let echo: EchoServer;
let realTime: () => void;
beforeEach(() => {
	realTime = fastTime();
});
afterEach(() => {
	echo.close();
	realTime();
});

/** Runs one operation against an API that quotes everything, and returns all that n8n keeps or shows of it. */
async function everythingTold(parameters: object, settings: object, status: number, signIn = true) {
	echo = await startEcho(status, signIn);
	const engine = new Engine();
	const credential = engine.addCredential('dinteroApi', {
		accountId: 'T11223344',
		clientId: 'client',
		clientSecret: PLANTED.clientSecret,
		baseUrl: echo.apiUrl,
	});
	const workflow = workflowOf(parameters as never, credential, settings);
	const run = await engine.run(workflow, { items: [{ row: 1 }] });
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
	...Object.values(PLANTED),
	...echo.tokens,
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

/**
 * What is still told: `signInWith` (transport/client.ts) takes only the credential's secrets out of the answer to a
 * run's first request, not those of that request; and nothing takes out the Basic form of the client's secret. When
 * that is mended, these tests say so by failing.
 */
const stillTold = (operation: string, status: number): boolean =>
	(status < 500 && operation.startsWith('subscribing')) ||
	(status === 500 && /balance|charging/.test(operation));

describe.each(operations)('%s at an API that quotes what it is told', (name, parameters) => {
	for (const status of [400, 403, 404, 500])
		(stillTold(name, status) ? test.failing : test)(
			`status ${status}`,
			async () => {
				for (const onError of ['stopWorkflow', 'continueErrorOutput', 'continueRegularOutput']) {
					const { text, run } = await everythingTold(parameters, { onError }, status);
					expect(run.ran('Dintero')).toBe(true);
					expect(text).toMatch(/Dintero|PIN|card token/);
					for (const secret of secretsOfNow()) expect(text).not.toContain(secret);
					echo.close();
				}
			},
			60_000,
		);

	test.failing('a sign-in that quotes the client', async () => {
		const { text } = await everythingTold(parameters, {}, 400, false);
		for (const secret of secretsOfNow()) expect(text).not.toContain(secret);
	});
});

test('a sign-in that quotes the client leaves out its secret as it is', async () => {
	const { text } = await everythingTold(operations[0][1], {}, 400, false);
	expect(text).not.toContain(PLANTED.clientSecret);
});
