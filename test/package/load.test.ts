import { problemsOfLoading } from './broken.mts';

const node = (
	code = '',
	icon = "{ light: 'file:../icons/a.svg', dark: 'file:../icons/b.svg' }",
) => `
	${code}
	exports.A = class {
		description = { name: 'a', displayName: 'A', group: [], icon: ${icon}, properties: [] };
	};`;

test('a node that needs nothing but n8n-workflow loads', async () => {
	const files = { 'home/dist/A/A.node.js': node("require('n8n-workflow'); require('crypto');") };
	expect(await problemsOfLoading(files)).toEqual([]);
});

test.each<[string, Record<string, string>, RegExp]>([
	[
		'a package that is only here',
		{ 'home/dist/A/A.node.js': node("require('axios');") },
		/A\.node\.js does not load: Cannot find module 'axios'/,
	],
	[
		'a file that was not packed',
		{ 'home/dist/A/A.node.js': node("require('../domain/money');") },
		/does not load: Cannot find module '\.\.\/domain\/money'/,
	],
	[
		'a node that throws when it is made',
		{ 'home/dist/A/A.node.js': 'exports.A = class { description = this.x.y };' },
		/does not load: Cannot read/,
	],
	[
		'an icon that is not there',
		{ 'home/dist/A/A.node.js': node('', "{ light: 'file:../icons/a.svg', dark: 'file:c.svg' }") },
		/there is no dist\/A\/c\.svg/,
	],
	[
		'one icon for light and dark',
		{ 'home/dist/A/A.node.js': node('', "'file:../icons/a.svg'") },
		/no light and dark icon/,
	],
	[
		'a check that finds more than it should',
		{ 'home/dist/A/A.node.js': node(), 'home/node_modules/axios/index.js': '' },
		/This check proves nothing: 'axios'/,
	],
])('%s is found', async (_, files, problem) => {
	expect(await problemsOfLoading(files)).toContainEqual(expect.stringMatching(problem));
});
