/**
 * `npm run check -- operations-table` generates the table of operations from the registry and writes it into
 * README.md, between its markers. A test compares README.md with the registry, so that no operation is forgotten.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process, { argv } from 'node:process';
import { fileURLToPath } from 'node:url';

import { withSection } from './sections.mts';

/** The name of the section in README.md. */
export const SECTION = 'operations';
const folder = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The parts of an operation that the table needs. */
interface Row {
	resource: string;
	name: string;
	description: string;
	/** The scopes of which one is enough. */
	scopes: readonly string[];
}

/** Renders the table, with the resources' display names, in the order of the registry. */
export function operationsTable(
	operations: readonly Row[],
	resources: Record<string, string>,
): string {
	const order = [...new Set(operations.map(({ resource }) => resource))];
	const lines = order.flatMap((resource) =>
		operations
			.filter((operation) => operation.resource === resource)
			.sort((a, b) => a.name.localeCompare(b.name))
			.map(({ name, description, scopes }, index) => [
				index === 0 ? `**${resources[resource]}**` : '',
				name,
				description,
				scopes.map((scope) => `\`${scope}\``).join(', '),
			]),
	);
	return [
		['Resource', 'Operation', 'What it does', 'Right (one of)'],
		['---', '---', '---', '---'],
		...lines,
	]
		.map((cells) => `| ${cells.join(' | ')} |`)
		.join('\n');
}

export const readReadme = (): string => readFileSync(join(folder, 'README.md'), 'utf8');

if (argv[1] === fileURLToPath(import.meta.url)) {
	execFileSync(process.execPath, ['node_modules/gulp/bin/gulp.js', 'build'], {
		cwd: folder,
		stdio: ['ignore', 'ignore', 'inherit'],
	});
	const registry = join(folder, 'dist', 'nodes', 'Dintero', 'actions', 'registry.js');
	const { OPERATIONS, RESOURCE_NAMES } = createRequire(import.meta.url)(registry) as {
		OPERATIONS: Row[];
		RESOURCE_NAMES: Record<string, string>;
	};
	const readme = readReadme();
	writeFileSync(
		join(folder, 'README.md'),
		withSection(readme, SECTION, operationsTable(OPERATIONS, RESOURCE_NAMES)),
	);
}
