/** What n8n 3 removes, as its page on breaking changes says; the examples must not use it. */
import { exampleNodes } from './pages.mts';

const REMOVED = [
	'n8n-nodes-base.function',
	'n8n-nodes-base.functionItem',
	'n8n-nodes-base.itemLists',
	'n8n-nodes-base.aiTransform',
	'@n8n/n8n-nodes-langchain.code',
];

test('no example uses a node that n8n 3 removes', () => {
	expect(exampleNodes.length).toBeGreaterThan(100);
	expect(exampleNodes.filter(({ type }) => REMOVED.includes(type))).toEqual([]);
});

test('no example uses a mode, a version or a function that n8n 3 removes', () => {
	const gone = exampleNodes.filter(
		({ type, typeVersion, parameters }) =>
			(type.endsWith('.executeWorkflow') && parameters.mode === 'each') ||
			(type.endsWith('.agent') && typeVersion < 2) ||
			JSON.stringify(parameters).includes('$getPairedItem'),
	);
	expect(gone).toEqual([]);
});
