import { scan, rulesVersion } from '../../scripts/verify/scan.mts';
import { root, withFiles } from './fixtures.mts';

const manifest = {
	name: 'n8n-nodes-bad',
	version: '1.0.0',
	license: 'MIT',
	dependencies: { axios: '1' },
};

describe("n8n's scanner", () => {
	test('runs with the rules it pins, and with the newest', async () => {
		expect(await rulesVersion('scanner')).toBe('0.29.0');
		expect(await rulesVersion('newest')).toBe('0.32.0');
	});

	test('finds nothing in the sources, warnings included', async () => {
		for (const rules of ['scanner', 'newest'] as const)
			expect(await scan(root, 'source', rules)).toMatchObject({
				passed: true,
				errors: 0,
				warnings: 0,
				details: '',
			});
	}, 300_000);

	test('an inline permission does not help, neither in the source nor in what is built', async () => {
		const file = '/* eslint-disable */\nexports.secret = process.env.SECRET;\n';
		await withFiles(
			{ 'package.json': manifest, 'nodes/Bad.js': file, 'index.js': file },
			async (folder) => {
				const source = await scan(folder, 'source', 'scanner');
				expect(source.passed).toBe(false);
				expect(source.details).toMatch(/nodes\/Bad\.js:2 .*process/);
				expect(source.details).toMatch(/package\.json:1 .*no-runtime-dependencies/);
				expect(source.details).not.toContain('index.js');
				const tarball = await scan(folder, 'tarball', 'scanner');
				expect(tarball.passed).toBe(false);
				expect(tarball.details).toMatch(/index\.js:2 .*process/);
			},
		);
	}, 300_000);

	test('the newest rules are really other rules', async () => {
		const files = {
			'package.json': { ...manifest, dependencies: undefined },
			'nodes/Cast.node.ts': [
				"import type { INodeType } from 'n8n-workflow';",
				'export class Cast implements INodeType {',
				"	description = { displayName: 'Cast', name: 'cast', inputs: ['main'] as never };",
				'}',
			].join('\n'),
		};
		await withFiles(files, async (folder) => {
			const rule = 'no-unsafe-connection-type-cast';
			expect((await scan(folder, 'source', 'newest')).details).toContain(rule);
			expect((await scan(folder, 'source', 'scanner')).details).not.toContain(rule);
		});
	}, 300_000);
});
