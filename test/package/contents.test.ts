import { randomBytes } from 'crypto';

import { problemsInside } from './broken.mts';

test('a package with what it needs passes', async () => {
	expect(await problemsInside()).toEqual([]);
});

test.each<[string, Record<string, string | undefined>, RegExp]>([
	['a test', { 'dist/nodes/A/A.test.js': '' }, /A\.test\.js does not belong/],
	['a folder of tests', { 'dist/nodes/A/test/a.js': '' }, /test\/a\.js does not belong/],
	['the sandbox', { 'dist/nodes/sandbox/a.js': '' }, /sandbox\/a\.js does not belong/],
	['build information', { 'dist/tsconfig.tsbuildinfo': '' }, /tsbuildinfo does not belong/],
	['a source file', { 'dist/nodes/A/A.node.ts': '' }, /A\.node\.ts does not belong/],
	['types', { 'dist/nodes/A/A.node.d.ts': '' }, /d\.ts does not belong/],
	['a source map', { 'dist/nodes/A/A.node.js.map': '' }, /map does not belong/],
	['a link to one', { 'index.js': '//# sourceMappingURL=index.js.map' }, /names a source map/],
	['a path of the builder', { 'index.js': "require('/home/me/a')" }, /names a path of the machine/],
	['an environment file', { '.env': 'SECRET=1' }, /\.env does not belong/],
	['a missing icon', { 'dist/icons/dintero.dark.svg': undefined }, /dark\.svg is missing/],
	['a missing codex', { 'dist/nodes/A/A.node.json': undefined }, /A\.node\.json is missing/],
	['a missing node', { 'dist/nodes/A/A.node.js': undefined }, /A\.node\.js is missing/],
	['a missing credential', { 'dist/credentials/A.credentials.js': undefined }, /is missing/],
	['no licence', { 'LICENSE.md': undefined }, /LICENSE\.md is missing/],
	['too much', { 'README.md': randomBytes(200_000).toString('hex') }, /more than 150000/],
])('%s is found', async (_, changes, problem) => {
	expect(await problemsInside(changes)).toContainEqual(expect.stringMatching(problem));
});
