/**
 * The life of a trigger, as a table. Whatever happened in a row, at its end every active workflow has exactly one
 * right subscription at Dintero, none is left over, an event gets through once, and no secret was shown.
 */
import { NodeApiError, type IDataObject } from 'n8n-workflow';
import { Stage, TRIGGER, until } from './stage.mts';

let stage: Stage;

interface Row {
	name: string;
	/** Does what the name says and returns the workflows that are active at the end. */
	run: () => Promise<string[]>;
	/** What a person finds in the log. */
	log?: RegExp;
	/** Subscriptions that are not ours to remove. */
	foreign?: number;
	/** The row lets Dintero be unreachable at the first publishing: that may fail. */
	switches?: Parameters<typeof Stage.open>[0];
}

const parametersOf = (id: string): IDataObject =>
	stage.n8n.draft(id).nodes[0].parameters as IDataObject;

const onlySubscription = () => {
	expect(stage.subscriptions).toHaveLength(1);
	return stage.subscriptions[0];
};

/** A workflow whose subscription the cron has made anew; n8n has not stored that one's ID. */
const activateAndHeal = async (): Promise<string> => {
	const id = await stage.activate();
	stage.sandbox.removeSubscription(onlySubscription().id);
	await stage.n8n.tick();
	return id;
};

/** A second account at Dintero, and a credential for it. */
const otherAccount = () => {
	const account = stage.sandbox.addClient({ accountId: 'T99887766' });
	return { account, credential: stage.addCredential(account) };
};

const rows: Row[] = [
	{
		name: 'first activation',
		log: /subscription \S+ delivers to http/,
		run: async () => {
			const id = await stage.activate();
			expect(stage.secret(id)).toMatch(/^[0-9a-f]{64}$/);
			return [id];
		},
	},
	{
		name: 'first activation while Dintero is slow and its first answers are 429 and 500',
		run: async () => {
			stage.sandbox.setDelay(20);
			stage.sandbox.faults.add(
				{ kind: 'rate-limit', operationId: 'aid_source_hooks_post', nth: 1 },
				{ kind: 'error-before', operationId: 'aid_source_hooks_post', nth: 2 },
			);
			return [await stage.activate()];
		},
	},
	{
		name: 'ten restarts keep the one subscription',
		run: async () => {
			const id = await stage.activate();
			const before = onlySubscription().id;
			const creations = stage.sandbox.count('aid_source_hooks_post');
			for (let i = 0; i < 10; i++) await stage.n8n.restart();
			await stage.quiet();
			expect(onlySubscription().id).toBe(before);
			expect(stage.sandbox.count('aid_source_hooks_post')).toBe(creations);
			return [id];
		},
	},
	{
		name: 'kill -9 and restart',
		run: async () => {
			const id = await stage.activate();
			const before = onlySubscription().id;
			await stage.n8n.restart('kill');
			expect(onlySubscription().id).toBe(before);
			return [id];
		},
	},
	{
		name: 'leadership change',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.restart('stop', 'leadershipChange');
			return [id];
		},
	},
	{
		name: 'deactivate: none is left',
		run: async () => {
			const id = await stage.activate();
			expect(await stage.n8n.unpublish(id)).toEqual([]);
			expect(stage.subscriptions).toEqual([]);
			expect(stage.n8n.staticData(id, TRIGGER)).toEqual({});
			return [];
		},
	},
	{
		name: 'deactivate and reactivate: a new secret',
		run: async () => {
			const id = await stage.activate();
			const before = stage.secret(id);
			await stage.n8n.unpublish(id);
			await stage.n8n.publish(id);
			expect(stage.secret(id)).not.toBe(before);
			return [id];
		},
	},
	{
		name: 'two workflows on one account',
		run: async () => {
			const [a, b] = [await stage.activate(), await stage.activate()];
			expect(stage.secret(a)).not.toBe(stage.secret(b));
			await stage.n8n.restart();
			return [a, b];
		},
	},
	{
		name: 'two workflows, one deactivated',
		run: async () => {
			const [a, b] = [await stage.activate(), await stage.activate()];
			await stage.n8n.unpublish(a);
			return [b];
		},
	},
	{
		name: 'the same workflow duplicated, its stored state copied along',
		run: async () => {
			const a = await stage.activate();
			const first = onlySubscription().id;
			const copy = { ...stage.workflow(), nodes: stage.workflow().nodes };
			const b = stage.n8n.addWorkflow(copy);
			const state = stage.n8n.staticData(a, TRIGGER);
			stage.n8n.setStaticData(b, (all) => (all[`node:${TRIGGER}`] = state));
			await stage.n8n.publish(b);
			expect(stage.subscriptions.map(({ id }) => id)).toContain(first);
			expect(stage.secret(b)).not.toBe(stage.secret(a));
			return [a, b];
		},
	},
	{
		name: 'a test run beside production, ended by an event',
		run: async () => {
			const id = await stage.activate();
			const url = await stage.n8n.listen(id);
			await stage.quiet();
			expect(stage.subscriptions.map(({ config }) => config.url).sort()).toEqual(
				[stage.url(id), url].sort(),
			);
			stage.fire('seen by both');
			await stage.quiet();
			expect(stage.seen(id)).toEqual(['seen by both']);
			const tests = stage.n8n.executions.filter(({ mode }) => mode === 'manual');
			expect(tests.map(({ run }) => run!.json('After'))).toEqual([
				[expect.objectContaining({ event: 'wallet_transaction', replayed: false })],
			]);
			return [id];
		},
	},
	{
		name: 'a test run beside production, cancelled',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.listen(id);
			await stage.n8n.cancelListening(id);
			return [id];
		},
	},
	{
		name: 'a test run without production, cancelled: none is left',
		run: async () => {
			const id = stage.n8n.addWorkflow(stage.workflow());
			await stage.n8n.listen(id);
			await stage.quiet();
			onlySubscription();
			await stage.n8n.cancelListening(id);
			return [];
		},
	},
	{
		name: 'n8n dies while it listens for a test: the next test run cleans up',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.listen(id);
			await stage.n8n.restart('kill');
			await stage.n8n.listen(id);
			expect(stage.subscriptions).toHaveLength(2);
			await stage.n8n.cancelListening(id);
			return [id];
		},
	},
	{
		name: 'events changed',
		run: async () => {
			const id = await stage.activate();
			parametersOf(id).events = ['wallet_transaction', 'customer_add'];
			expect(await stage.n8n.publish(id)).toMatchObject({
				status: 'published',
				teardownErrors: [],
			});
			return [id];
		},
	},
	{
		name: 'events changed while Dintero is down',
		log: /could not check the subscription, and goes on as before/,
		run: async () => {
			const id = await stage.activate();
			parametersOf(id).events = ['wallet_transaction', 'settlement_add'];
			await stage.sandbox.down('503');
			const result = await stage.n8n.publish(id);
			expect(result).toMatchObject({
				status: 'published',
				teardownErrors: [expect.any(NodeApiError)],
			});
			await stage.sandbox.up();
			await stage.n8n.tick();
			return [id];
		},
	},
	{
		name: 'another node of the workflow changed: nothing is asked',
		run: async () => {
			const id = await stage.activate();
			const before = stage.sandbox.count();
			stage.n8n.draft(id).nodes[1].parameters = { changed: true };
			await stage.n8n.publish(id);
			expect(stage.sandbox.count()).toBe(before);
			return [id];
		},
	},
	{
		name: 'node renamed',
		run: async () => {
			const id = await stage.activate();
			const draft = stage.n8n.draft(id);
			draft.nodes[0].name = 'Gift Cards';
			draft.connections = { 'Gift Cards': draft.connections[TRIGGER] };
			await stage.n8n.publish(id);
			await stage.quiet();
			expect(onlySubscription().config.secret).toMatchObject({
				value: stage.n8n.staticData(id, 'Gift Cards').secret,
			});
			draft.nodes[0].name = TRIGGER;
			draft.connections = { [TRIGGER]: draft.connections['Gift Cards'] };
			await stage.n8n.publish(id);
			return [id];
		},
	},
	{
		name: 'credential changed to one of another account',
		run: async () => {
			const id = await stage.activate();
			const { account, credential } = otherAccount();
			stage.n8n.draft(id).nodes[0].credentials = { dinteroApi: credential };
			await stage.n8n.publish(id);
			await stage.quiet();
			expect(onlySubscription().accountId).toBe(account.accountId);
			stage.fire('in the other account', {}, account.accountId);
			await stage.quiet();
			expect(stage.seen(id)).toEqual(['in the other account']);
			await stage.n8n.unpublish(id);
			return [];
		},
	},
	{
		name: 'credential edited to another client of the same account',
		run: async () => {
			const id = await stage.activate();
			const before = onlySubscription().id;
			const { clientId, clientSecret } = stage.sandbox.addClient();
			stage.engine.store.edit(stage.credential.id, { clientId, clientSecret, accessToken: '' });
			await stage.n8n.tick();
			await stage.n8n.restart();
			expect(onlySubscription().id).toBe(before);
			return [id];
		},
	},
	{
		name: 'n8n moved to another public URL',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			const old = stage.url(id);
			stage.n8n.changePublicUrl();
			expect(stage.url(id)).not.toBe(old);
			await stage.n8n.start();
			return [id];
		},
	},
	{
		name: 'n8n moved to another public URL while Dintero is down',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			await stage.sandbox.down();
			stage.n8n.changePublicUrl();
			await stage.n8n.start();
			await stage.sandbox.up();
			await stage.n8n.tick();
			return [id];
		},
	},
	{
		name: 'healed by the cron, then moved to another public URL: found by the former URL, though its ID was never stored',
		run: async () => {
			const id = await activateAndHeal();
			await stage.n8n.stop();
			stage.n8n.changePublicUrl();
			await stage.n8n.start();
			return [id];
		},
	},
	...([false, true] as const).map((down): Row => ({
		name: `n8n copied with all its data to another public URL${down ? ' while Dintero is down' : ''}: each ends with a subscription of its own, for good`,
		foreign: 1,
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			const original = stage.url(id);
			stage.n8n.changePublicUrl();
			if (down) await stage.sandbox.down('503');
			await stage.n8n.start();
			await stage.sandbox.up();
			await stage.n8n.tick();
			if (down) await stage.n8n.restart();
			// The original finds its subscription gone, and subscribes again.
			const again = await stage.subscribe(original, ['wallet_transaction'], stage.secret(id));
			await stage.n8n.tick();
			await stage.n8n.restart();
			expect(stage.subscriptions.map((one) => one.id)).toContain(again);
			return [id];
		},
	})),
	{
		name: 'healed by the cron, not removed when deactivated, then published at another public URL',
		run: async () => {
			const id = await activateAndHeal();
			await stage.sandbox.down('503');
			await stage.n8n.unpublish(id);
			await stage.sandbox.up();
			await stage.n8n.stop();
			stage.n8n.changePublicUrl();
			await stage.n8n.start();
			await stage.n8n.publish(id);
			return [id];
		},
	},
	{
		name: 'healed by the cron, moved to another public URL while Dintero is down, then deactivated: none is left',
		run: async () => {
			const id = await activateAndHeal();
			await stage.n8n.stop();
			stage.n8n.changePublicUrl();
			await stage.sandbox.down('503');
			await stage.n8n.start();
			await stage.sandbox.up();
			expect(await stage.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'n8n moved to another public URL, and the old subscription could not be removed then: the cron does',
		log: /could not remove subscription/,
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			stage.n8n.changePublicUrl();
			const operationId = 'aid_source_hooks_hid_delete';
			stage.sandbox.faults.add({ kind: 'error-before', status: 403, operationId });
			await stage.n8n.start();
			await stage.quiet();
			expect(stage.subscriptions).toHaveLength(2);
			stage.sandbox.faults.clear();
			await stage.n8n.tick();
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
			for (let i = 0; i < 10; i++) await stage.n8n.restart('kill');
			expect(onlySubscription().id).toBe(healed);
			return [id];
		},
	},
	{
		name: 'subscription deleted at Dintero, seen by a restart',
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.removeSubscription(onlySubscription().id);
			await stage.n8n.restart();
			return [id];
		},
	},
	{
		name: 'subscription deleted at Dintero, then the workflow deactivated',
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.removeSubscription(onlySubscription().id);
			expect(await stage.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'healed by the cron, then deactivated: found by its URL, though its ID was never stored',
		run: async () => {
			const id = await activateAndHeal();
			expect(stage.n8n.staticData(id, TRIGGER).subscriptionId).not.toBe(onlySubscription().id);
			expect(await stage.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'subscription paused at Dintero, seen by the cron',
		log: /it is paused/,
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.pauseSubscription(onlySubscription().id);
			await stage.n8n.tick();
			return [id];
		},
	},
	{
		name: 'subscription paused at Dintero, seen by a restart',
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.pauseSubscription(onlySubscription().id);
			await stage.n8n.restart();
			return [id];
		},
	},
	{
		name: 'secret lost, seen by a restart',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			stage.n8n.setStaticData(id, (all) => delete (all[`node:${TRIGGER}`] as IDataObject).secret);
			await stage.n8n.start();
			return [id];
		},
	},
	{
		name: 'stored state lost, seen by a restart',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			stage.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			await stage.n8n.start();
			return [id];
		},
	},
	{
		name: 'stored state lost, then the workflow deactivated: the subscription is found by its URL',
		run: async () => {
			const id = await stage.activate();
			stage.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			expect(await stage.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	...(['cut-after', 'error-after', 'truncated', 'not-json'] as const).map((kind): Row => ({
		name: `create fails after the POST (${kind})`,
		run: async () => {
			stage.sandbox.faults.add({ kind, operationId: 'aid_source_hooks_post', nth: 1 });
			return [await stage.activate()];
		},
	})),
	{
		name: 'every POST answers 500 though it works: the one it made is known by its mark',
		run: async () => {
			stage.sandbox.faults.add({ kind: 'error-after', operationId: 'aid_source_hooks_post' });
			const id = await stage.activate();
			expect(stage.sandbox.count('aid_source_hooks_post')).toBe(1);
			return [id];
		},
	},
	{
		name: 'every POST and the look after it answer 500, until n8n gives up: none is left',
		run: async () => {
			stage.sandbox.faults.add(
				{ kind: 'error-after', operationId: 'aid_source_hooks_post' },
				{ kind: 'error-before', operationId: 'aid_source_hooks_get', nth: [2, 3, 4, 5, 6, 7] },
			);
			const id = stage.n8n.addWorkflow(stage.workflow());
			stage.sandbox.faults.add({
				kind: 'error-before',
				status: 400,
				operationId: 'aid_source_hooks_post',
				nth: 1,
			});
			await stage.n8n.publish(id);
			stage.sandbox.faults.clear();
			await stage.n8n.unpublish(id);
			return [];
		},
	},
	{
		name: 'looking again after the POST fails: the subscription stays',
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.removeSubscription(onlySubscription().id);
			stage.sandbox.faults.add({
				kind: 'error-before',
				status: 400,
				operationId: 'aid_source_hooks_get',
				nth: 2,
			});
			await stage.n8n.restart();
			stage.sandbox.faults.clear();
			return [id];
		},
	},
	{
		name: 'Dintero down at the first activation: an error at once, and none left; then it works',
		run: async () => {
			await stage.sandbox.down();
			const id = stage.n8n.addWorkflow(stage.workflow());
			const result = await stage.n8n.publish(id);
			expect(result).toMatchObject({ status: 'failed' });
			expect(result.errors[0].message).toMatch(/could not be reached/);
			await stage.n8n.unpublish(id);
			await stage.sandbox.up();
			expect(await stage.n8n.publish(id)).toMatchObject({ status: 'published' });
			return [id];
		},
	},
	{
		name: 'Dintero down for a moment at the first activation: n8n tries again',
		run: async () => {
			await stage.sandbox.down('503');
			const id = stage.n8n.addWorkflow(stage.workflow());
			const publishing = stage.n8n.publish(id);
			await until(() =>
				stage.n8n.calls.some(({ method, error }) => method === 'create' && error !== undefined),
			);
			await stage.sandbox.up();
			expect(await publishing).toMatchObject({ status: 'published' });
			return [id];
		},
	},
	{
		name: 'delete fails: n8n says so; after the next activation one is left',
		log: /remove it with the Dintero node/,
		run: async () => {
			const id = await stage.activate();
			await stage.sandbox.down('503');
			expect(await stage.n8n.unpublish(id)).toEqual([expect.any(NodeApiError)]);
			await stage.sandbox.up();
			onlySubscription();
			await stage.n8n.publish(id);
			return [id];
		},
	},
	{
		name: 'delete fails once: n8n tries again, none is left',
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.faults.add({
				kind: 'error-before',
				status: 403,
				operationId: 'aid_source_hooks_hid_delete',
				nth: 1,
			});
			expect(await stage.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	{
		name: 'delete answers 500 though it worked: none is left, and n8n is content',
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.faults.add({
				kind: 'error-after',
				operationId: 'aid_source_hooks_hid_delete',
				nth: 1,
			});
			expect(await stage.n8n.unpublish(id)).toEqual([]);
			return [];
		},
	},
	...(['refuse', '503'] as const).map((how): Row => ({
		name: `Dintero down (${how}) during a restart and back later`,
		log: /could not check the subscription, and goes on as before; looking again within 10 minutes/,
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.kill();
			await stage.sandbox.down(how);
			await stage.n8n.start();
			expect(stage.n8n.calls.filter(({ method }) => method === 'delete')).toEqual([]);
			await stage.sandbox.up();
			return [id];
		},
	})),
	{
		name: 'Dintero down during a restart, its subscription gone; back later, healed by the cron',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.kill();
			stage.sandbox.removeSubscription(onlySubscription().id);
			await stage.sandbox.down('503');
			await stage.n8n.start();
			expect(stage.n8n.routes.size).toBe(1);
			await stage.sandbox.up();
			await stage.n8n.tick();
			return [id];
		},
	},
	{
		name: 'n8n back before Dintero can be reached, its subscription gone: healed without the cron',
		log: /could not look after the subscription; trying again within 10 minutes/,
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.kill();
			stage.sandbox.removeSubscription(onlySubscription().id);
			await stage.sandbox.down('503');
			await stage.n8n.start();
			await until(() => /could not look after the subscription/.test(stage.log));
			await stage.sandbox.up();
			await until(() => stage.subscriptions.length === 1, 'the next look');
			return [id];
		},
	},
	{
		name: 'Dintero gone between checkExists and create during a restart: the route stays, the cron heals',
		log: /could not renew the subscription, and goes on as before/,
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.kill();
			stage.sandbox.removeSubscription(onlySubscription().id);
			stage.sandbox.faults.add({ kind: 'error-before', operationId: 'aid_source_hooks_post' });
			await stage.n8n.start();
			expect(stage.n8n.calls.filter(({ method }) => method === 'delete')).toEqual([]);
			stage.sandbox.faults.clear();
			await stage.n8n.tick();
			return [id];
		},
	},
	{
		name: 'Dintero down during five restarts',
		run: async () => {
			const id = await stage.activate();
			await stage.sandbox.down();
			for (let i = 0; i < 5; i++) await stage.n8n.restart('kill');
			await stage.sandbox.up();
			return [id];
		},
	},
	{
		name: 'credential without webhook rights during a restart, given back later',
		run: async () => {
			const id = await stage.activate();
			const { clientId, clientSecret } = stage.sandbox.addClient({ scopes: ['admin:wallets'] });
			const { account } = stage.sandbox;
			stage.engine.store.edit(stage.credential.id, { clientId, clientSecret, accessToken: '' });
			await stage.n8n.restart();
			stage.engine.store.edit(stage.credential.id, {
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
			const id = await stage.activate();
			await stage.n8n.stop();
			await Promise.all([stage.n8n.start(), stage.n8n.startFollower()]);
			return [id];
		},
	},
	{
		name: 'two mains starting at once, the subscription gone',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			stage.sandbox.removeSubscription(onlySubscription().id);
			stage.sandbox.setDelay(20);
			await Promise.all([stage.n8n.start(), stage.n8n.startFollower(), stage.n8n.startFollower()]);
			expect(stage.sandbox.count('aid_source_hooks_post')).toBeGreaterThan(2);
			return [id];
		},
	},
	{
		name: 'two mains starting at once, the stored state lost: the next event puts the secret right',
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			stage.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			stage.sandbox.setDelay(20);
			await Promise.all([stage.n8n.start(), stage.n8n.startFollower()]);
			await stage.quiet();
			await stage.n8n.tick();
			// The secret that was stored last may be the follower's; then this is refused, and replayed.
			stage.fire('while it may not be known');
			await stage.quiet();
			await stage.n8n.tick();
			await stage.quiet();
			expect(stage.seen(id)).toEqual(['while it may not be known']);
			return [id];
		},
	},
	{
		name: 'leftovers at our own URL are removed, those of others are not',
		foreign: 2,
		run: async () => {
			const id = stage.n8n.addWorkflow(stage.workflow());
			const make = async (url: string) => await stage.subscribe(url);
			await make(stage.url(id));
			await make(stage.url(id));
			await make(`${stage.url(id)}/other`);
			await make('http://127.0.0.1:1/hook');
			await stage.n8n.publish(id);
			await stage.quiet();
			await make(stage.url(id));
			await stage.n8n.restart();
			return [id];
		},
	},
	{
		name: 'a subscription with our URL made by hand while it runs is removed by the cron',
		run: async () => {
			const id = await stage.activate();
			await stage.subscribe(stage.url(id));
			await stage.n8n.tick();
			return [id];
		},
	},
	...([400, 409] as const).map((duplicateSubscription): Row => ({
		name: `Dintero takes one subscription per URL and answers ${duplicateSubscription} to a second`,
		switches: { duplicateSubscription },
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.stop();
			stage.n8n.setStaticData(id, (all) => delete all[`node:${TRIGGER}`]);
			await stage.n8n.start();
			return [id];
		},
	})),
	{
		name: 'Dintero takes no query in the URL: the subscription is known by its ID alone',
		run: async () => {
			stage.sandbox.faults.add({
				kind: 'error-before',
				status: 400,
				operationId: 'aid_source_hooks_post',
				when: ({ body }) => body?.includes('signed=') === true,
			});
			const id = await stage.activate();
			const before = onlySubscription().id;
			await stage.n8n.restart('kill');
			expect(onlySubscription().id).toBe(before);
			stage.sandbox.removeSubscription(before);
			await stage.n8n.tick();
			await stage.n8n.restart('kill');
			return [id];
		},
	},
	{
		name: 'Dintero makes no subscription whose ping fails',
		switches: { pingFailureRefusesSubscription: true },
		run: async () => {
			const id = await stage.activate();
			await stage.n8n.listen(id);
			await stage.n8n.cancelListening(id);
			return [id];
		},
	},
	{
		name: 'Dintero shows secrets on reading',
		switches: { secretVisibleOnRead: true },
		run: async () => {
			const id = await stage.activate();
			const before = onlySubscription().id;
			await stage.n8n.restart();
			await stage.n8n.tick();
			expect(onlySubscription().id).toBe(before);
			return [id];
		},
	},
	{
		name: 'more subscriptions in the account than fit on a page',
		foreign: 105,
		run: async () => {
			for (let n = 0; n < 105; n++)
				await stage.subscribe(`http://127.0.0.1:1/hook/${n}`, ['customer_add']);
			const id = await stage.activate();
			const creations = stage.sandbox.count('aid_source_hooks_post');
			await stage.n8n.restart();
			await stage.n8n.tick();
			expect(stage.sandbox.count('aid_source_hooks_post')).toBe(creations);
			return [id];
		},
	},
	{
		name: 'deactivated while the cron is renewing the subscription: none is left',
		run: async () => {
			const id = await stage.activate();
			stage.sandbox.removeSubscription(onlySubscription().id);
			stage.sandbox.setDelay(40);
			stage.n8n.main!.tick();
			await stage.n8n.unpublish(id);
			stage.sandbox.setDelay(0);
			return [];
		},
	},
	{
		name: 'deactivated while the cron is between the look and the POST: none is left',
		run: async () => {
			const id = await stage.activate();
			const posts = stage.sandbox.count('aid_source_hooks_post');
			stage.sandbox.removeSubscription(onlySubscription().id);
			stage.sandbox.faults.add({
				kind: 'slow-before',
				delayMs: 300,
				operationId: 'aid_source_hooks_post',
			});
			stage.n8n.main!.tick();
			await until(
				() => stage.sandbox.maxInFlight > 0 && stage.sandbox.count('aid_source_hooks_get') > 0,
			);
			await stage.n8n.unpublish(id);
			await until(
				() =>
					stage.subscriptions.length === 0 && stage.sandbox.count('aid_source_hooks_post') >= posts,
			);
			return [];
		},
	},
];

jest.setTimeout(20_000);

test.each(rows)('$name', async ({ run, log, foreign = 0, switches = {} }) => {
	stage = await Stage.open(switches);
	try {
		const workflows = await run();
		await stage.quiet();
		expect(stage.subscriptions.length - foreign).toBe(workflows.length);
		for (const id of workflows) {
			const own = stage.subscriptions.filter(({ config }) => config.url === stage.url(id));
			expect(own).toHaveLength(1);
			const events = (parametersOf(id).events as string[] | undefined) ?? ['wallet_transaction'];
			expect([...own[0].events].sort()).toEqual([...events].sort());
			expect(own[0].active).toBe(true);
			expect(own[0].config.secret).toEqual({ type: 'HMAC-SHA1', value: stage.secret(id) });
		}
		stage.fire('the proof');
		await stage.quiet();
		for (const id of workflows) {
			expect(stage.seen(id).filter((seen) => seen === 'the proof')).toEqual(['the proof']);
		}
		if (log) expect(stage.log).toMatch(log);
		expect(stage.sandbox.violations).toEqual([]);
	} finally {
		const { everythingShown, secrets } = stage;
		await stage.close();
		expect(secrets.filter((secret) => everythingShown.includes(secret))).toEqual([]);
	}
});

test('credential edited to another account: follows it, says what it had to leave, and lets that in no more', async () => {
	stage = await Stage.open();
	try {
		const id = await stage.activate();
		const [old] = stage.subscriptions;
		const secret = stage.secret(id);
		const { accountId, clientId, clientSecret } = otherAccount().account;
		stage.engine.store.edit(stage.credential.id, {
			accountId,
			clientId,
			clientSecret,
			accessToken: '',
		});

		await stage.n8n.tick();
		const [left, ...ours] = stage.subscriptions;
		expect(left.id).toBe(old.id);
		expect(ours).toMatchObject([{ accountId, config: { url: stage.url(id) } }]);
		expect(stage.log).toContain(`subscription ${old.id} in account T11223344 can't be removed`);
		stage.fire('new account', {}, accountId);
		await stage.quiet();
		expect(stage.seen(id)).toEqual(['new account']);

		// The next activation can store a new secret, which the old account's subscription does not know.
		await stage.n8n.restart('kill');
		await stage.quiet();
		expect(stage.secret(id)).not.toBe(secret);
		expect(stage.subscriptions.filter((one) => one.accountId === accountId)).toHaveLength(1);
		stage.fire('old account');
		stage.fire('new again', {}, accountId);
		await stage.quiet();
		expect(stage.seen(id)).toEqual(['new account', 'new again']);
	} finally {
		await stage.close();
	}
});

test("Dintero's own API and an n8n that only this machine can reach: refused before anything is sent", async () => {
	stage = await Stage.open();
	try {
		stage.engine.store.edit(stage.credential.id, { baseUrl: 'https://api.dintero.com/v1' });
		const id = stage.n8n.addWorkflow(stage.workflow());
		const { errors } = await stage.n8n.publish(id);
		expect(errors[0].message).toMatch(/^Dintero can't reach http:\/\/127\.0\.0\.1/);
		expect(stage.sandbox.count()).toBe(0);
	} finally {
		await stage.close();
	}
});
