import { OPERATIONS, RESOURCE_NAMES } from '../../nodes/Dintero/actions/registry';
import { SECTION, operationsTable, readReadme } from '../../scripts/operations-table.mts';
import { readSection, withSection } from '../../scripts/sections.mts';

const table = operationsTable(OPERATIONS, RESOURCE_NAMES);

test('README.md lists the operations there are; if not: npm run check -- operations-table', () => {
	expect(readSection(readReadme(), SECTION)).toBe(table);
});

test('the table names every operation once', () => {
	expect(table.split('\n')).toHaveLength(OPERATIONS.length + 2);
	for (const { name, description } of OPERATIONS)
		expect(table).toContain(`| ${name} | ${description} |`);
});

test('only what is between the markers is changed', () => {
	const readme = 'before\n<!-- operations:start -->\nold\n<!-- operations:end -->\nafter\n';
	expect(withSection(readme, SECTION, 'new')).toBe(
		'before\n<!-- operations:start -->\n\nnew\n\n<!-- operations:end -->\nafter\n',
	);
	expect(() => withSection('nothing', SECTION, 'new')).toThrow('no section');
});
