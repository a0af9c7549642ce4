/** Each row of the trigger's life: it ends with exactly one right subscription per active workflow, none left over. */
import { Stage } from './stage.mts';

let stage: Stage;
beforeEach(async () => {
	stage = await Stage.open();
});
afterEach(async () => {
	const { everythingShown, secrets } = stage;
	await stage.close();
	expect(secrets.filter((secret) => everythingShown.includes(secret))).toEqual([]);
});

/** The end of every row. */
const expectOneRight = async (...workflows: string[]) => {
	await stage.quiet();
	expect(stage.subscriptions).toHaveLength(workflows.length);
	for (const id of workflows) {
		const own = stage.subscriptions.filter(({ config }) => config.url === stage.url(id));
		expect(own).toHaveLength(1);
		const [{ parameters }] = stage.n8n.draft(id).nodes;
		expect([...own[0].events].sort()).toEqual(
			[...((parameters?.events as string[]) ?? ['wallet_transaction'])].sort(),
		);
		expect(own[0].active).toBe(true);
		expect(own[0].config.secret).toEqual({ type: 'HMAC-SHA1', value: stage.secret(id) });
	}
	// The proof of the pudding: an event gets through, once, to each of them.
	const name = `proof-${Math.random()}`;
	stage.fire(name);
	await stage.quiet();
	for (const id of workflows)
		expect(stage.seen(id).filter((seen) => seen === name)).toEqual([name]);
};

test('first activation', async () => {
	const id = await stage.activate();
	await expectOneRight(id);
	expect(stage.secret(id)).toMatch(/^[0-9a-f]{64}$/);
});

test('ten restarts', async () => {
	const id = await stage.activate();
	const [{ id: first }] = stage.subscriptions;
	for (let i = 0; i < 10; i++) await stage.n8n.restart();
	await expectOneRight(id);
	expect(stage.subscriptions[0].id).toBe(first);
});
