/** Nothing is sent when a parameter cannot be read: every parameter of every operation in n8n's engine. */
import type { AnyOperation } from '../../nodes/Dintero/actions/operation';
import type { Leaf } from '../../nodes/Dintero/fields/field';
import { openHarness, type Harness } from '../support/harness.mts';
import { everyField, parametersFor, refusedBy, stored } from './leaves.mts';

describe("in n8n's engine", () => {
	let harness: Harness;
	beforeAll(async () => (harness = await openHarness()));
	afterAll(async () => await harness.close());

	const run = async (operation: AnyOperation, leaf: Leaf, value: unknown) => {
		harness.sandbox.resetLog();
		const parameters = parametersFor(operation, leaf.path, stored(leaf));
		return await harness.run(parameters as never, [{ value }] as never);
	};

	test.each(everyField)(
		'%s: nothing is sent for what cannot be read',
		async (_name, operation, leaf) => {
			const first = leaf.kind === 'metadata' ? '' : refusedBy(leaf)[0];
			const values = [first, ...(leaf.whenNothing === 'refuse' ? [undefined, ''] : [])];
			for (const value of values) {
				const result = await run(operation, leaf, value);
				const told = result.nodeError('Dintero') as
					{ message: string; description?: string } | undefined;
				expect([value, told?.message ?? 'no error']).toEqual([
					value,
					expect.stringContaining(`${leaf.property.displayName}: `),
				]);
				expect(told?.description).toContain('Nothing was sent');
				expect(harness.sandbox.count()).toBe(0);
				expect(result.error).toBeDefined();
			}
		},
	);
});
