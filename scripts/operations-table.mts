/**
 * `npm run operations-table` writes the table of operations into README.md, between its markers, from the registry.
 * A test holds README.md against the registry, so a new operation cannot be forgotten there.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

const START = '<!-- operations:start -->';
const END = '<!-- operations:end -->';
const folder = join(dirname(fileURLToPath(import.meta.url)), '..');

/** What the table needs of an operation. */
interface Row {
	resource: string;
	name: string;
	description: string;
}

/** The table, with the resources as people know them, in the order of the registry. */
export function operationsTable(
	operations: readonly Row[],
	resources: Record<string, string>,
): string {
	const order = [...new Set(operations.map(({ resource }) => resource))];
	const lines = order.flatMap((resource) =>
		operations
			.filter((operation) => operation.resource === resource)
			.sort((a, b) => a.name.localeCompare(b.name))
			.map(({ name, description }, index) => [
				index === 0 ? `**${resources[resource]}**` : '',
				name,
				description,
			]),
	);
	return [['Resource', 'Operation', 'What it does'], ['---', '---', '---'], ...lines]
		.map((cells) => `| ${cells.join(' | ')} |`)
		.join('\n');
}

/** @returns the text between the markers; `undefined` when there are none */
export function tableIn(readme: string): string | undefined {
	const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
	return from < 0 || to < from ? undefined : readme.slice(from + START.length, to).trim();
}

export function withTable(readme: string, table: string): string {
	const [from, to] = [readme.indexOf(START), readme.indexOf(END)];
	if (from < 0 || to < from) throw new Error(`README.md has no ${START} and ${END}`);
	return `${readme.slice(0, from + START.length)}\n\n${table}\n\n${readme.slice(to)}`;
}

export const readReadme = (): string => readFileSync(join(folder, 'README.md'), 'utf8');

if (argv[1] === fileURLToPath(import.meta.url)) {
	const registry = join(folder, 'dist', 'nodes', 'Dintero', 'actions', 'registry.js');
	if (!existsSync(registry)) throw new Error('Run npm run operations-table, which builds first');
	const { OPERATIONS, RESOURCE_NAMES } = createRequire(import.meta.url)(registry) as {
		OPERATIONS: Row[];
		RESOURCE_NAMES: Record<string, string>;
	};
	const readme = readReadme();
	writeFileSync(
		join(folder, 'README.md'),
		withTable(readme, operationsTable(OPERATIONS, RESOURCE_NAMES)),
	);
}
