/** Addresses that Dintero can't deliver to are refused before anything is sent, and Dintero's own refusal says the same. */
import fc from 'fast-check';
import { whyNotPublic } from '../../nodes/Dintero/trigger/address';
import { TriggerHarness } from './triggerHarness.mts';

test.each([
	'http://localhost:5678',
	'https://localhost',
	'https://127.0.0.1:5678',
	'https://0.0.0.0',
	'https://10.0.0.5:5678',
	'http://192.168.1.20:5678',
	'https://172.16.0.1',
	'https://172.31.255.1',
	'https://169.254.169.254',
	'https://100.64.0.1',
	'https://224.0.0.1',
	'https://[::1]:5678',
	'https://[fd00::1]',
	'https://[fe80::1]',
	'https://[::ffff:10.0.0.5]',
	'https://0x0a.0.0.5',
	'https://2130706433',
	'https://n8n:5678',
	'https://n8n.local',
	'https://n8n.LOCAL.',
	'https://host.docker.internal:5678',
	'https://n8n.lan',
	'https://n8n.home.arpa',
	'https://n8n.svc.cluster.local',
	'http://n8n.shop.no',
	'http://8.8.8.8',
])('%s is not public', (address) => {
	expect(whyNotPublic(`${address}/webhook/x/webhook`)).toMatch(/^is /);
});

test.each([
	'https://n8n.shop.no',
	'https://n8n.shop.no:8443/n8n',
	'https://shop.app.n8n.cloud',
	'https://abc.hooks.n8n.cloud',
	'https://a1b2.ngrok-free.app',
	'https://172.32.0.1',
	'https://100.128.0.1',
	'https://[2a02:fe0::1]',
	'https://localhost.shop.no',
	'https://local.no',
	'https://xn--kj-lka.no',
])('%s may be', (address) => {
	expect(whyNotPublic(`${address}/webhook/x/webhook`)).toBeUndefined();
});

test('every IPv4 address is told, however it is written', () => {
	fc.assert(
		fc.property(fc.constantFrom(10, 127, 192), fc.nat(255), fc.nat(255), (a, b, c) => {
			const second = a === 192 ? 168 : b;
			const dotted = `${a}.${second}.${b}.${c}`;
			const number = ((a * 256 + second) * 256 + b) * 256 + c;
			for (const host of [dotted, String(number), `0x${number.toString(16)}`, `[::ffff:${dotted}]`])
				expect(whyNotPublic(`https://${host}/`)).toBe('is a private address');
		}),
	);
});

describe('in n8n', () => {
	let harness: TriggerHarness;
	beforeEach(async () => (harness = await TriggerHarness.open()));
	afterEach(async () => await harness.close());
	const at = (address: string) =>
		Object.defineProperty(harness.n8n, 'url', { get: () => address, configurable: true });
	const told = (errors: Error[]) =>
		errors.map((one) => `${one.message} ${(one as { description?: string }).description}`).join();

	test.each([
		'http://n8n.shop.no',
		'https://n8n:5678',
		'http://192.168.1.20:5678',
		'https://n8n.local',
	])("%s, with Dintero's own API: refused at publishing, naming WEBHOOK_URL", async (address) => {
		harness.engine.store.edit(harness.credential.id, { baseUrl: 'https://api.dintero.com/v1' });
		at(address);
		const id = harness.n8n.addWorkflow(harness.workflow());
		const { status, errors } = await harness.n8n.publish(id);
		expect(status).toBe('failed');
		expect(told(errors)).toMatch(/Dintero can't reach http.*WEBHOOK_URL/);
		expect(harness.sandbox.count()).toBe(0);
	});

	test('the sandbox on the same machine or network takes any', async () => {
		for (const address of ['http://192.168.1.20:5678', 'http://n8n:5678', 'http://localhost:1']) {
			at(address);
			await harness.n8n.publish(harness.n8n.addWorkflow(harness.workflow()));
		}
		expect(harness.subscriptions).toHaveLength(3);
	});

	test.each([
		['refuseLoopbackUrls', 'http://localhost:5678'],
		['refusePlainHttpUrls', 'http://n8n.shop.no'],
	] as const)("Dintero's own 400 (%s) says the same", async (refused, address) => {
		harness.sandbox.set({ [refused]: true });
		at(address);
		const { errors } = await harness.n8n.publish(harness.n8n.addWorkflow(harness.workflow()));
		expect(told(errors)).toMatch(/Dintero refused to deliver to http.*public URL.*WEBHOOK_URL/);
		expect(harness.subscriptions).toEqual([]);
	});

	test('a restart at such an address: the subscription stays, and the log names WEBHOOK_URL', async () => {
		const id = await harness.activate();
		const [{ id: before }] = harness.subscriptions;
		await harness.n8n.stop();
		harness.sandbox.set({ refusePlainHttpUrls: true });
		at('http://n8n.shop.no');
		await harness.n8n.start();
		for (let i = 0; i < 2; i++) await harness.n8n.tick();
		expect(harness.subscriptions.map((one) => one.id)).toEqual([before]);
		expect(harness.log).toMatch(/could not renew the subscription.*WEBHOOK_URL/);
		expect(harness.log).toMatch(/could not maintain the subscription.*WEBHOOK_URL/);
		expect(id).toBeDefined();
	});
});
