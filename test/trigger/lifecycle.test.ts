/**
 * The life of a trigger, as a table. Whatever happened in a row, at its end every active workflow has exactly one
 * right subscription at Dintero, none is left over, an event gets through once, and no secret was shown.
 */
import { NodeApiError, type IDataObject } from 'n8n-workflow';
import { TriggerHarness, TRIGGER, until } from './triggerHarness.mts';

let harness: TriggerHarness;

interface Row {
	name: string;
	/** Does what the name says and returns the workflows that are active at the end. */
	run: () => Promise<string[]>;
	/** What a person finds in the log. */
	log?: RegExp;
	/** Subscriptions that are not ours to remove. */
	foreign?: number;
	/** The row lets Dintero be unreachable at the first publishing: that may fail. */
	switches?: Parameters<typeof TriggerHarness.open>[0];
}

const parametersOf = (id: string): IDataObject =>
	harness.n8n.draft(id).nodes[0].parameters as IDataObject;

const choose = (id: string, events: string[]) =>
	Object.assign(parametersOf(id), { triggerOn: 'otherEvents', events });

const onlySubscription = () => {
	expect(harness.subscriptions).toHaveLength(1);
	return harness.subscriptions[0];
};

/** A workflow whose subscription the cron created again; without a ping n8n has not stored its ID. */
const activateAndHeal = async (): Promise<string> => {
	harness.sandbox.set({ pingOnCreate: false });
	harness.sandbox.faults.add({
		kind: 'error-before',
		status: 404,
		operationId: 'aid_source_hooks_hid_ping_post',
	});
	const id = await harness.activate();
	harness.sandbox.removeSubscription(onlySubscription().id);
	await harness.n8n.tick();
	return id;
};

/** A second account at Dintero, and a credential for it. */
const otherAccount = () => {
	const account = harness.sandbox.addClient({ accountId: 'T99887766' });
	return { account, credential: harness.addCredential(account) };
};

const rows: Row[] = [
	{
		name: 'first activation',
		log: /subscription \S+ delivers to http/,
		run: async () => {
			const id = await harness.activate();
			expect(harness.secret(id)).toMatch(/^[0-9a-f]{64}$/);
			return [id];
		},
	},
	{
		name: 'first activation while Dintero is slow and its first answers are 429 and 500',
		run: async () => {
			harness.sandbox.setDelay(20);
			harness.sandbox.faults.add(
				{ kind: 'rate-limit', operationId: 'aid_source_hooks_post', nth: 1 },
				{ kind: 'error-before', operationId: 'aid_source_hooks_post', nth: 2 },
			);
			return [await harness.activate()];
		},
	},
	{
		name: 'ten restarts keep the one subscription',
		run: async () => {
			const id = await harness.activate();
			const before = onlySubscription().id;
			const creations = harness.sandbox.count('aid_source_hooks_post');
			for (let i = 0; i < 10; i++) await harness.n8n.restart();
			await harness.quiet();
			expect(onlySubscription().id).toBe(before);
			expect(harness.sandbox.count('aid_source_hooks_post')).toBe(creations);
			return [id];
		},
	},
	{
		name: 'kill -9 and restart',
		run: async () => {
			const id = await harness.activate();
			const before = onlySubscription().id;
			await harness.n8n.restart('kill');
			expect(onlySubscription().id).toBe(before);
			return [id];
		},
	},
	{
		name: 'leadership change',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.restart('stop', 'leadershipChange');
			return [id];
		},
	},
	{
		name: 'deactivate: none is left',
		run: async () => {
			const id = await harness.activate();
			expect(await harness.n8n.unpublish(id)).toEqual([]);
			expect(harness.subscriptions).toEqual([]);
			expect(harness.n8n.staticData(id, TRIGGER)).toEqual({});
			return [];
		},
	},
	{
		name: 'deactivate and reactivate: a new secret',
		run: async () => {
			const id = await harness.activate();
			const before = harness.secret(id);
			await harness.n8n.unpublish(id);
			await harness.n8n.publish(id);
			expect(harness.secret(id)).not.toBe(before);
			return [id];
		},
	},
	{
		name: 'two workflows on one account',
		run: async () => {
			const [a, b] = [await harness.activate(), await harness.activate()];
			expect(harness.secret(a)).not.toBe(harness.secret(b));
			await harness.n8n.restart();
			return [a, b];
		},
	},
	{
		name: 'two workflows, one deactivated',
		run: async () => {
			const [a, b] = [await harness.activate(), await harness.activate()];
			await harness.n8n.unpublish(a);
			return [b];
		},
	},
	{
		name: 'the same workflow duplicated, its stored state copied along',
		run: async () => {
			const a = await harness.activate();
			const first = onlySubscription().id;
			const copy = { ...harness.workflow(), nodes: harness.workflow().nodes };
			const b = harness.n8n.addWorkflow(copy);
			const state = harness.n8n.staticData(a, TRIGGER);
			harness.n8n.setStaticData(b, (all) => (all[`node:${TRIGGER}`] = state));
			await harness.n8n.publish(b);
			expect(harness.subscriptions.map(({ id }) => id)).toContain(first);
			expect(harness.secret(b)).not.toBe(harness.secret(a));
			return [a, b];
		},
	},
	{
		name: 'a test run beside production, ended by an event',
		run: async () => {
			const id = await harness.activate();
			const url = await harness.n8n.listen(id);
			await harness.quiet();
			expect(harness.subscriptions.map(({ config }) => config.url).sort()).toEqual(
				[harness.url(id), url].sort(),
			);
			harness.fire('seen by both');
			await harness.quiet();
			expect(harness.seen(id)).toEqual(['seen by both']);
			const tests = harness.n8n.executions.filter(({ mode }) => mode === 'manual');
			expect(tests.map(({ run }) => run!.json('After'))).toEqual([
				[expect.objectContaining({ event: 'wallet_transaction', replayed: false })],
			]);
			return [id];
		},
	},
	{
		name: 'a test run beside production, cancelled',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.listen(id);
			await harness.n8n.cancelListening(id);
			return [id];
		},
	},
	{
		name: 'a test run without production, cancelled: none is left',
		run: async () => {
			const id = harness.n8n.addWorkflow(harness.workflow());
			await harness.n8n.listen(id);
			await harness.quiet();
			onlySubscription();
			await harness.n8n.cancelListening(id);
			return [];
		},
	},
	{
		name: 'n8n dies while it listens for a test: the next test run cleans up',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.listen(id);
			await harness.n8n.restart('kill');
			await harness.n8n.listen(id);
			expect(harness.subscriptions).toHaveLength(2);
			await harness.n8n.cancelListening(id);
			return [id];
		},
	},
	{
		name: 'events changed',
		run: async () => {
			const id = await harness.activate();
			choose(id, ['wallet_transaction', 'customer_add']);
			expect(await harness.n8n.publish(id)).toMatchObject({
				status: 'published',
				teardownErrors: [],
			});
			return [id];
		},
	},
	{
		name: 'events changed while Dintero is down',
		log: /could not check the subscription, so it keeps the existing one/,
		run: async () => {
			const id = await harness.activate();
			choose(id, ['wallet_transaction', 'settlement_add']);
			await harness.sandbox.down('503');
			const result = await harness.n8n.publish(id);
			expect(result).toMatchObject({
				status: 'published',
				teardownErrors: [expect.any(NodeApiError)],
			});
			await harness.sandbox.up();
			await harness.n8n.tick();
			return [id];
		},
	},
	{
		name: 'another node of the workflow changed: nothing is asked',
		run: async () => {
			const id = await harness.activate();
			const before = harness.sandbox.count();
			harness.n8n.draft(id).nodes[1].parameters = { changed: true };
			await harness.n8n.publish(id);
			expect(harness.sandbox.count()).toBe(before);
			return [id];
		},
	},
	{
		name: 'node renamed',
		run: async () => {
			const id = await harness.activate();
			const draft = harness.n8n.draft(id);
			draft.nodes[0].name = 'Gift Cards';
			draft.connections = { 'Gift Cards': draft.connections[TRIGGER] };
			await harness.n8n.publish(id);
			await harness.quiet();
			expect(onlySubscription().config.secret).toMatchObject({
				value: harness.n8n.staticData(id, 'Gift Cards').secret,
			});
			draft.nodes[0].name = TRIGGER;
			draft.connections = { [TRIGGER]: draft.connections['Gift Cards'] };
			await harness.n8n.publish(id);
			return [id];
		},
	},
	{
		name: 'credential changed to one of another account',
		run: async () => {
			const id = await harness.activate();
			const { account, credential } = otherAccount();
			harness.n8n.draft(id).nodes[0].credentials = { dinteroApi: credential };
			await harness.n8n.publish(id);
			await harness.quiet();
			expect(onlySubscription().accountId).toBe(account.accountId);
			harness.fire('in the other account', {}, account.accountId);
			await harness.quiet();
			expect(harness.seen(id)).toEqual(['in the other account']);
			await harness.n8n.unpublish(id);
			return [];
		},
	},
	{
		name: 'credential edited to another client of the same account',
		run: async () => {
			const id = await harness.activate();
			const before = onlySubscription().id;
			const { clientId, clientSecret } = harness.sandbox.addClient();
			harness.engine.store.edit(harness.credential.id, { clientId, clientSecret, accessToken: '' });
			await harness.n8n.tick();
			await harness.n8n.restart();
			expect(onlySubscription().id).toBe(before);
			return [id];
		},
	},
	{
		name: 'n8n moved to another public URL',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			const old = harness.url(id);
			harness.n8n.changePublicUrl();
			expect(harness.url(id)).not.toBe(old);
			await harness.n8n.start();
			return [id];
		},
	},
	{
		name: 'n8n moved to another public URL while Dintero is down',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			await harness.sandbox.down();
			harness.n8n.changePublicUrl();
			await harness.n8n.start();
			await harness.sandbox.up();
			await harness.n8n.tick();
			return [id];
		},
	},
	{
		name: 'healed by the cron, then moved to another public URL: found by the former URL, though its ID was never stored',
		run: async () => {
			const id = await activateAndHeal();
			await harness.n8n.stop();
			harness.n8n.changePublicUrl();
			await harness.n8n.start();
			return [id];
		},
	},
	...([false, true] as const).map((down): Row => ({
		name: `n8n copied with all its data to another public URL${down ? ' while Dintero is down' : ''}: each ends with a subscription of its own, for good`,
		foreign: 1,
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			const original = harness.url(id);
			harness.n8n.changePublicUrl();
			if (down) await harness.sandbox.down('503');
			await harness.n8n.start();
			await harness.sandbox.up();
			await harness.n8n.tick();
			if (down) await harness.n8n.restart();
			// The original finds its subscription gone, and subscribes again.
			const again = await harness.subscribe(original, ['wallet_transaction'], harness.secret(id));
			await harness.n8n.tick();
			await harness.n8n.restart();
			expect(harness.subscriptions.map((one) => one.id)).toContain(again);
			return [id];
		},
	})),
	{
		name: 'healed by the cron, not removed when deactivated, then published at another public URL',
		run: async () => {
			const id = await activateAndHeal();
			await harness.sandbox.down('503');
			await harness.n8n.unpublish(id);
			await harness.sandbox.up();
			await harness.n8n.stop();
			harness.n8n.changePublicUrl();
			await harness.n8n.start();
			await harness.n8n.publish(id);
			return [id];
		},
	},
	{
		name: 'healed by the cron, moved to another public URL while Dintero is down, then deactivated: none is left',
		run: async () => {
			const id = await activateAndHeal();
			await harness.n8n.stop();
			harness.n8n.changePublicUrl();
			await harness.sandbox.down('503');
			await harness.n8n.start();
			await harness.sandbox.up();
			expect(await harness.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'n8n moved to another public URL, and the old subscription could not be removed then: the cron does',
		log: /could not remove subscription/,
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			harness.n8n.changePublicUrl();
			const operationId = 'aid_source_hooks_hid_delete';
			harness.sandbox.faults.add({ kind: 'error-before', status: 403, operationId });
			await harness.n8n.start();
			await harness.quiet();
			expect(harness.subscriptions).toHaveLength(2);
			harness.sandbox.faults.clear();
			await harness.n8n.tick();
			return [id];
		},
	},
	{
		name: 'subscription deleted at Dintero, seen by the cron',
		log: /subscription \S+ delivers to http/,
		run: async () => {
			const id = await activateAndHeal();
			return [id];
		},
	},
	{
		name: 'subscription deleted at Dintero, seen by the cron, then ten restarts',
		run: async () => {
			const id = await activateAndHeal();
			const healed = onlySubscription().id;
			for (let i = 0; i < 10; i++) await harness.n8n.restart('kill');
			expect(onlySubscription().id).toBe(healed);
			return [id];
		},
	},
	{
		name: 'subscription deleted at Dintero, seen by a restart',
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.removeSubscription(onlySubscription().id);
			await harness.n8n.restart();
			return [id];
		},
	},
	{
		name: 'subscription deleted at Dintero, then the workflow deactivated',
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.removeSubscription(onlySubscription().id);
			expect(await harness.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'healed by the cron, then deactivated: found by its URL, though its ID was never stored',
		run: async () => {
			const id = await activateAndHeal();
			expect(harness.n8n.staticData(id, TRIGGER).subscriptionId).not.toBe(onlySubscription().id);
			expect(await harness.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'subscription paused at Dintero, seen by the cron',
		log: /it is paused/,
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.pauseSubscription(onlySubscription().id);
			await harness.n8n.tick();
			return [id];
		},
	},
	{
		name: 'subscription paused at Dintero, seen by a restart',
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.pauseSubscription(onlySubscription().id);
			await harness.n8n.restart();
			return [id];
		},
	},
	{
		name: 'secret lost, seen by a restart',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			harness.n8n.setStaticData(id, (all) => delete (all[`node:${TRIGGER}`] as IDataObject).secret);
			await harness.n8n.start();
			return [id];
		},
	},
	{
		name: 'stored state lost, seen by a restart',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			harness.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			await harness.n8n.start();
			return [id];
		},
	},
	{
		name: 'stored state lost, then the workflow deactivated: the subscription is found by its URL',
		run: async () => {
			const id = await harness.activate();
			harness.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			expect(await harness.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	...(['cut-after', 'error-after', 'truncated', 'not-json'] as const).map((kind): Row => ({
		name: `create fails after the POST (${kind})`,
		run: async () => {
			harness.sandbox.faults.add({ kind, operationId: 'aid_source_hooks_post', nth: 1 });
			return [await harness.activate()];
		},
	})),
	{
		name: 'every POST answers 500 though it works: the one it made is known by its mark',
		run: async () => {
			harness.sandbox.faults.add({ kind: 'error-after', operationId: 'aid_source_hooks_post' });
			const id = await harness.activate();
			expect(harness.sandbox.count('aid_source_hooks_post')).toBe(1);
			return [id];
		},
	},
	{
		name: 'every POST and the look after it answer 500, until n8n gives up: none is left',
		run: async () => {
			harness.sandbox.faults.add(
				{ kind: 'error-after', operationId: 'aid_source_hooks_post' },
				{ kind: 'error-before', operationId: 'aid_source_hooks_get', nth: [2, 3, 4, 5, 6, 7] },
			);
			const id = harness.n8n.addWorkflow(harness.workflow());
			harness.sandbox.faults.add({
				kind: 'error-before',
				status: 400,
				operationId: 'aid_source_hooks_post',
				nth: 1,
			});
			await harness.n8n.publish(id);
			harness.sandbox.faults.clear();
			await harness.n8n.unpublish(id);
			return [];
		},
	},
	{
		name: 'looking again after the POST fails: the subscription stays',
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.removeSubscription(onlySubscription().id);
			harness.sandbox.faults.add({
				kind: 'error-before',
				status: 400,
				operationId: 'aid_source_hooks_get',
				nth: 2,
			});
			await harness.n8n.restart();
			harness.sandbox.faults.clear();
			return [id];
		},
	},
	{
		name: 'Dintero down at the first activation: an error at once, and none left; then it works',
		run: async () => {
			await harness.sandbox.down();
			const id = harness.n8n.addWorkflow(harness.workflow());
			const result = await harness.n8n.publish(id);
			expect(result).toMatchObject({ status: 'failed' });
			expect(result.errors[0].message).toMatch(/could not be reached/);
			await harness.n8n.unpublish(id);
			await harness.sandbox.up();
			expect(await harness.n8n.publish(id)).toMatchObject({ status: 'published' });
			return [id];
		},
	},
	{
		name: 'Dintero down for a moment at the first activation: n8n tries again',
		run: async () => {
			await harness.sandbox.down('503');
			const id = harness.n8n.addWorkflow(harness.workflow());
			const publishing = harness.n8n.publish(id);
			await until(() =>
				harness.n8n.calls.some(({ method, error }) => method === 'create' && error !== undefined),
			);
			await harness.sandbox.up();
			expect(await publishing).toMatchObject({ status: 'published' });
			return [id];
		},
	},
	{
		name: 'delete fails: n8n says so; after the next activation one is left',
		log: /remove it with the Dintero node/,
		run: async () => {
			const id = await harness.activate();
			await harness.sandbox.down('503');
			expect(await harness.n8n.unpublish(id)).toEqual([expect.any(NodeApiError)]);
			await harness.sandbox.up();
			onlySubscription();
			await harness.n8n.publish(id);
			return [id];
		},
	},
	{
		name: 'delete fails once: n8n tries again, none is left',
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.faults.add({
				kind: 'error-before',
				status: 403,
				operationId: 'aid_source_hooks_hid_delete',
				nth: 1,
			});
			expect(await harness.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'delete answers 500 though it worked: none is left, and n8n is content',
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.faults.add({
				kind: 'error-after',
				operationId: 'aid_source_hooks_hid_delete',
				nth: 1,
			});
			expect(await harness.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	...(['refuse', '503'] as const).map((how): Row => ({
		name: `Dintero down (${how}) during a restart and back later`,
		log: /could not check the subscription, so it keeps the existing one; checking again within 10 minutes/,
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.kill();
			await harness.sandbox.down(how);
			await harness.n8n.start();
			expect(harness.n8n.calls.filter(({ method }) => method === 'delete')).toEqual([]);
			await harness.sandbox.up();
			return [id];
		},
	})),
	{
		name: 'Dintero down during a restart, its subscription gone; back later, healed by the cron',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.kill();
			harness.sandbox.removeSubscription(onlySubscription().id);
			await harness.sandbox.down('503');
			await harness.n8n.start();
			expect(harness.n8n.routes.size).toBe(1);
			await harness.sandbox.up();
			await harness.n8n.tick();
			return [id];
		},
	},
	{
		name: 'n8n back before Dintero can be reached, its subscription gone: healed without the cron',
		log: /could not maintain the subscription; retrying within 10 minutes/,
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.kill();
			harness.sandbox.removeSubscription(onlySubscription().id);
			await harness.sandbox.down('503');
			await harness.n8n.start();
			await until(() => /could not maintain the subscription/.test(harness.log));
			await harness.sandbox.up();
			await until(() => harness.subscriptions.length === 1, 'the next look');
			return [id];
		},
	},
	{
		name: 'Dintero gone between checkExists and create during a restart: the route stays, the cron heals',
		log: /could not renew the subscription, so it keeps the existing one/,
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.kill();
			harness.sandbox.removeSubscription(onlySubscription().id);
			harness.sandbox.faults.add({ kind: 'error-before', operationId: 'aid_source_hooks_post' });
			await harness.n8n.start();
			expect(harness.n8n.calls.filter(({ method }) => method === 'delete')).toEqual([]);
			harness.sandbox.faults.clear();
			await harness.n8n.tick();
			return [id];
		},
	},
	{
		name: 'Dintero down during five restarts',
		run: async () => {
			const id = await harness.activate();
			await harness.sandbox.down();
			for (let i = 0; i < 5; i++) await harness.n8n.restart('kill');
			await harness.sandbox.up();
			return [id];
		},
	},
	{
		name: 'credential without webhook rights during a restart, given back later',
		run: async () => {
			const id = await harness.activate();
			const { clientId, clientSecret } = harness.sandbox.addClient({ scopes: ['admin:wallets'] });
			const { account } = harness.sandbox;
			harness.engine.store.edit(harness.credential.id, { clientId, clientSecret, accessToken: '' });
			await harness.n8n.restart();
			harness.engine.store.edit(harness.credential.id, {
				clientId: account.clientId,
				clientSecret: account.clientSecret,
				accessToken: '',
			});
			return [id];
		},
	},
	{
		name: 'two mains starting at once, the subscription there',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			await Promise.all([harness.n8n.start(), harness.n8n.startFollower()]);
			return [id];
		},
	},
	{
		name: 'two mains starting at once, the subscription gone',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			harness.sandbox.removeSubscription(onlySubscription().id);
			harness.sandbox.setDelay(20);
			await Promise.all([
				harness.n8n.start(),
				harness.n8n.startFollower(),
				harness.n8n.startFollower(),
			]);
			expect(harness.sandbox.count('aid_source_hooks_post')).toBeGreaterThan(2);
			return [id];
		},
	},
	{
		name: 'two mains starting at once, the stored state lost: the next event puts the secret right',
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			harness.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			harness.sandbox.setDelay(20);
			await Promise.all([harness.n8n.start(), harness.n8n.startFollower()]);
			await harness.quiet();
			await harness.n8n.tick();
			// The secret that was stored last may be the follower's; then this is refused, and replayed.
			harness.fire('while it may not be known');
			await harness.quiet();
			await harness.n8n.tick();
			await harness.quiet();
			expect(harness.seen(id)).toEqual(['while it may not be known']);
			return [id];
		},
	},
	{
		name: 'leftovers at our own URL are removed, those of others are not',
		foreign: 2,
		run: async () => {
			const id = harness.n8n.addWorkflow(harness.workflow());
			const make = async (url: string) => await harness.subscribe(url);
			await make(harness.url(id));
			await make(harness.url(id));
			await make(`${harness.url(id)}/other`);
			await make('http://127.0.0.1:1/hook');
			await harness.n8n.publish(id);
			await harness.quiet();
			await make(harness.url(id));
			await harness.n8n.restart();
			return [id];
		},
	},
	{
		name: 'a subscription with our URL made by hand while it runs is removed by the cron',
		run: async () => {
			const id = await harness.activate();
			await harness.subscribe(harness.url(id));
			await harness.n8n.tick();
			return [id];
		},
	},
	...([400, 409] as const).map((duplicateSubscription): Row => ({
		name: `Dintero takes one subscription per URL and answers ${duplicateSubscription} to a second`,
		switches: { duplicateSubscription },
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.stop();
			harness.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			await harness.n8n.start();
			return [id];
		},
	})),
	{
		name: 'Dintero takes no query in the URL: the subscription is known by its ID alone',
		run: async () => {
			harness.sandbox.faults.add({
				kind: 'error-before',
				status: 400,
				operationId: 'aid_source_hooks_post',
				when: ({ body }) => body?.includes('signed=') === true,
			});
			const id = await harness.activate();
			const before = onlySubscription().id;
			await harness.n8n.restart('kill');
			expect(onlySubscription().id).toBe(before);
			harness.sandbox.removeSubscription(before);
			await harness.n8n.tick();
			await harness.n8n.restart('kill');
			return [id];
		},
	},
	{
		name: 'Dintero makes no subscription whose ping fails',
		switches: { pingFailureRefusesSubscription: true },
		run: async () => {
			const id = await harness.activate();
			await harness.n8n.listen(id);
			await harness.n8n.cancelListening(id);
			return [id];
		},
	},
	{
		name: 'Dintero shows secrets on reading',
		switches: { secretVisibleOnRead: true },
		run: async () => {
			const id = await harness.activate();
			const before = onlySubscription().id;
			await harness.n8n.restart();
			await harness.n8n.tick();
			expect(onlySubscription().id).toBe(before);
			return [id];
		},
	},
	{
		name: 'more subscriptions in the account than fit on a page',
		foreign: 105,
		run: async () => {
			for (let n = 0; n < 105; n++)
				await harness.subscribe(`http://127.0.0.1:1/hook/${n}`, ['customer_add']);
			const id = await harness.activate();
			const creations = harness.sandbox.count('aid_source_hooks_post');
			await harness.n8n.restart();
			await harness.n8n.tick();
			expect(harness.sandbox.count('aid_source_hooks_post')).toBe(creations);
			return [id];
		},
	},
	{
		name: 'deactivated while the cron is renewing the subscription: none is left',
		run: async () => {
			const id = await harness.activate();
			harness.sandbox.removeSubscription(onlySubscription().id);
			harness.sandbox.setDelay(40);
			harness.n8n.main!.tick();
			await harness.n8n.unpublish(id);
			harness.sandbox.setDelay(0);
			return [];
		},
	},
	{
		name: 'deactivated while the cron is between the look and the POST: none is left',
		run: async () => {
			const id = await harness.activate();
			const posts = harness.sandbox.count('aid_source_hooks_post');
			harness.sandbox.removeSubscription(onlySubscription().id);
			harness.sandbox.faults.add({
				kind: 'slow-before',
				delayMs: 300,
				operationId: 'aid_source_hooks_post',
			});
			harness.n8n.main!.tick();
			await until(
				() => harness.sandbox.maxInFlight > 0 && harness.sandbox.count('aid_source_hooks_get') > 0,
			);
			await harness.n8n.unpublish(id);
			await until(
				() =>
					harness.subscriptions.length === 0 &&
					harness.sandbox.count('aid_source_hooks_post') >= posts,
			);
			return [];
		},
	},
];

jest.setTimeout(20_000);

test.each(rows)('$name', async ({ run, log, foreign = 0, switches = {} }) => {
	harness = await TriggerHarness.open(switches);
	try {
		const workflows = await run();
		await harness.quiet();
		expect(harness.subscriptions.length - foreign).toBe(workflows.length);
		for (const id of workflows) {
			const own = harness.subscriptions.filter(({ config }) => config.url === harness.url(id));
			expect(own).toHaveLength(1);
			const events = (parametersOf(id).events as string[] | undefined) ?? ['wallet_transaction'];
			expect([...own[0].events].sort()).toEqual([...events].sort());
			expect(own[0].active).toBe(true);
			expect(own[0].config.secret).toEqual({ type: 'HMAC-SHA1', value: harness.secret(id) });
		}
		harness.fire('the proof');
		await harness.quiet();
		for (const id of workflows) {
			expect(harness.seen(id).filter((seen) => seen === 'the proof')).toEqual(['the proof']);
		}
		if (log) expect(harness.log).toMatch(log);
		expect(harness.sandbox.violations).toEqual([]);
	} finally {
		const { everythingShown, secrets } = harness;
		await harness.close();
		expect(secrets.filter((secret) => everythingShown.includes(secret))).toEqual([]);
	}
});

test('credential edited to another account: follows it, says what it had to leave, and lets that in no more', async () => {
	harness = await TriggerHarness.open();
	try {
		const id = await harness.activate();
		const [old] = harness.subscriptions;
		const secret = harness.secret(id);
		const { accountId, clientId, clientSecret } = otherAccount().account;
		harness.engine.store.edit(harness.credential.id, {
			accountId,
			clientId,
			clientSecret,
			accessToken: '',
		});

		await harness.n8n.tick();
		const [left, ...ours] = harness.subscriptions;
		expect(left.id).toBe(old.id);
		expect(ours).toMatchObject([{ accountId, config: { url: harness.url(id) } }]);
		expect(harness.log).toContain(`subscription ${old.id} in account T11223344 can't be removed`);
		harness.fire('new account', {}, accountId);
		await harness.quiet();
		expect(harness.seen(id)).toEqual(['new account']);

		// The next activation can store a new secret, which the old account's subscription does not know.
		await harness.n8n.restart('kill');
		await harness.quiet();
		expect(harness.secret(id)).not.toBe(secret);
		expect(harness.subscriptions.filter((one) => one.accountId === accountId)).toHaveLength(1);
		harness.fire('old account');
		harness.fire('new again', {}, accountId);
		await harness.quiet();
		expect(harness.seen(id)).toEqual(['new account', 'new again']);
	} finally {
		await harness.close();
	}
});

test("Dintero's own API and an n8n that only this machine can reach: refused before anything is sent", async () => {
	harness = await TriggerHarness.open();
	try {
		harness.engine.store.edit(harness.credential.id, { baseUrl: 'https://api.dintero.com/v1' });
		const id = harness.n8n.addWorkflow(harness.workflow());
		const { errors } = await harness.n8n.publish(id);
		expect(errors[0].message).toMatch(/^Dintero can't reach http:\/\/127\.0\.0\.1/);
		expect(harness.sandbox.count()).toBe(0);
	} finally {
		await harness.close();
	}
});
