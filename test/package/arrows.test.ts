import { brokenRules, ruleNames } from './arrows.mts';

describe('the arrows between folders', () => {
	test('the sources keep them', async () => {
		expect(await brokenRules({})).toEqual([]);
	});

	// One file for each rule that breaks it.
	const bad: Record<string, [file: string, text: string]> = {
		'domain-knows-no-n8n': [
			'nodes/Dintero/domain/bad.ts',
			"import type { IDataObject } from 'n8n-workflow';\nexport type Bad = IDataObject;\n",
		],
		'domain-imports-only-what-is-below': [
			'nodes/Dintero/domain/worse.ts',
			"export { pause } from '../transport/pace';\n",
		],
		'transport-imports-only-what-is-below': [
			'nodes/Dintero/transport/bad.ts',
			"export { findCard } from '../exactlyOnce/issueCard';\n",
		],
		'exactlyOnce-imports-only-what-is-below': [
			'nodes/Dintero/exactlyOnce/bad.ts',
			"export { OPERATIONS } from '../actions/registry';\n",
		],
		'methods-imports-only-what-is-below': [
			'nodes/Dintero/methods/bad.ts',
			"export { OPERATIONS } from '../actions/registry';\n",
		],
		'trigger-imports-only-what-is-below': [
			'nodes/Dintero/trigger/bad.ts',
			"import type { Item } from '../actions/operation';\nexport type Bad = Item;\n",
		],
		'actions-imports-only-what-is-below': [
			'nodes/Dintero/actions/bad.ts',
			"export { whyNotSigned } from '../trigger/signature';\n",
		],
		'fields-imports-only-what-is-below': [
			'nodes/Dintero/fields/bad.ts',
			"export { pause } from '../transport/pace';\n",
		],
		'operations-get-read-values': [
			'nodes/Dintero/actions/giftCard/worse.ts',
			"export { Parameters } from '../../fields/parameters';\n",
		],
		'operations-know-no-machinery': [
			'nodes/Dintero/actions/giftCard/bad.ts',
			"export { forEachParallel } from '../../transport/parallel';\n",
		],
		'nodes-start-at-the-registry': [
			'nodes/Dintero/Dintero.node.ts',
			"export { issueCard } from './exactlyOnce/issueCard';\n",
		],
		'the-trigger-is-not-an-action': [
			'nodes/Dintero/DinteroTrigger.node.ts',
			"export { OPERATIONS } from './actions/registry';\n",
		],
		'nobody-imports-a-node': [
			'nodes/Dintero/actions/imports.ts',
			"export { Dintero } from '../Dintero.node';\n",
		],
		'the-credential-only-signs-in': [
			'credentials/Bad.credentials.ts',
			"export { list } from '../nodes/Dintero/transport/pages';\n",
		],
		'published-code-stays-inside': [
			'nodes/Dintero/transport/outside.ts',
			"export { default } from '../../../tools/helper';\n",
		],
		'no-package-but-n8n-workflow': [
			'nodes/Dintero/transport/packages.ts',
			"export { DateTime } from 'luxon';\n",
		],
		'no-node-module-but-crypto': [
			'nodes/Dintero/transport/files.ts',
			"export { readFileSync } from 'fs';\n",
		],
		'every-import-leads-somewhere': [
			'nodes/Dintero/transport/nowhere.ts',
			"export { a } from './notThere';\n",
		],
		'no-circles': ['nodes/Dintero/domain/one.ts', "export { two } from './two';\n"],
		'no-file-nobody-uses': ['nodes/Dintero/domain/alone.ts', 'export const alone = 1;\n'],
	};

	test('every rule bites', async () => {
		const files: Record<string, string> = {
			'nodes/Dintero/domain/two.ts':
				"export { one } from './one';\nexport const two = 2;\nexport { two as one };\n",
			'tools/helper.ts': 'export default 1;\n',
		};
		for (const [file, text] of Object.values(bad)) files[file] = text;
		const broken = await brokenRules(files);
		for (const [rule, [file]] of Object.entries(bad)) expect(broken).toContain(`${rule} ${file}`);
	});

	test('every rule has a file that breaks it', () => {
		expect(Object.keys(bad).sort()).toEqual(ruleNames().sort());
	});
});
