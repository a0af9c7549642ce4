/**
 * Loads an installed package and reports its contents, as a separate program, in two ways:
 *
 *   node load.mts bare FOLDER        plain require, with nothing but n8n-workflow (set NODE_PATH to it)
 *   node load.mts n8n FOLDER         n8n's own loader, PackageDirectoryLoader of n8n-core
 *
 * The report is one line of JSON on standard output.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface LoadReport {
	/** Load time of all nodes and credentials in milliseconds, without n8n-workflow, which n8n has already loaded. */
	milliseconds: number;
	nodes: Array<{
		name: string;
		displayName: string;
		codexCategories?: string[];
		/** Icon files, relative to the package. */
		icons: string[];
		/** `resource/operation` for every operation in the dropdowns. */
		operations: string[];
		usableAsTool: boolean;
		trigger: boolean;
		credentials: string[];
		credentialTests: string[];
		/** The folder of the compiled node file, relative to the package. */
		folder: string;
	}>;
	credentials: Array<{ name: string; icons: string[]; supportedNodes?: string[] }>;
	problems: string[];
}

interface Property {
	name: string;
	options?: Array<{ value: string }>;
	displayOptions?: { show?: { resource?: string[] } };
}
interface NodeDescription {
	name: string;
	displayName: string;
	group: string[];
	icon?: unknown;
	iconUrl?: unknown;
	usableAsTool?: unknown;
	codex?: { categories?: string[] };
	properties: Property[];
	credentials?: Array<{ name: string; testedBy?: string }>;
}
interface NodeInstance {
	description: NodeDescription;
	methods?: { credentialTest?: Record<string, unknown> };
}
interface CredentialInstance {
	name: string;
	icon?: unknown;
	iconUrl?: unknown;
	supportedNodes?: string[];
}

const [, , how, folder] = process.argv;
const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
	name: string;
	n8n: { nodes: string[]; credentials: string[] };
};

const values = (icon: unknown): string[] =>
	(typeof icon === 'string' ? [icon] : Object.values((icon ?? {}) as Record<string, string>)).map(
		String,
	);

const describe = (
	node: NodeInstance,
	file: string,
	icons: string[],
): LoadReport['nodes'][number] => {
	const { description, methods } = node;
	return {
		name: description.name,
		displayName: description.displayName,
		codexCategories: description.codex?.categories,
		icons,
		operations: description.properties
			.filter(({ name, options }) => name === 'operation' && options)
			.flatMap(({ options, displayOptions }) =>
				(displayOptions?.show?.resource ?? []).flatMap((resource) =>
					options!.map(({ value }) => `${resource}/${value}`),
				),
			),
		usableAsTool: description.usableAsTool !== undefined,
		trigger: description.group.includes('trigger'),
		credentials: (description.credentials ?? []).map(({ name }) => name),
		credentialTests: (description.credentials ?? [])
			.map(({ testedBy }) => testedBy)
			.filter(
				(name) => name !== undefined && methods?.credentialTest?.[name] !== undefined,
			) as string[],
		folder: path.dirname(file),
	};
};

function bare(): LoadReport {
	const require = createRequire(path.join(folder, 'package.json'));
	const report: LoadReport = { milliseconds: 0, nodes: [], credentials: [], problems: [] };
	require('n8n-workflow');
	for (const other of ['luxon', 'lodash', 'axios', 'n8n-core', 'zod'])
		try {
			require.resolve(other);
			report.problems.push(`This check proves nothing: '${other}' can be loaded here too`);
		} catch {
			// right: n8n-workflow is alone
		}
	const load = <T,>(file: string): T | undefined => {
		try {
			const started = performance.now();
			const loaded = (require(path.join(folder, file)) as Record<string, new () => T>)[
				path.basename(file).split('.')[0]
			];
			const made = new loaded();
			report.milliseconds += performance.now() - started;
			return made;
		} catch (error) {
			report.problems.push(`${file} does not load: ${(error as Error).message.split('\n')[0]}`);
			return undefined;
		}
	};
	const iconsOf = (file: string, icon: unknown) =>
		values(icon).map((value) => path.join(path.dirname(file), value.replace(/^file:/, '')));
	for (const file of manifest.n8n.nodes) {
		const node = load<NodeInstance>(file);
		if (node) report.nodes.push(describe(node, file, iconsOf(file, node.description.icon)));
	}
	for (const file of manifest.n8n.credentials) {
		const credential = load<CredentialInstance>(file);
		if (credential)
			report.credentials.push({ name: credential.name, icons: iconsOf(file, credential.icon) });
	}
	return report;
}

async function withN8n(): Promise<LoadReport> {
	await import('reflect-metadata');
	const { PackageDirectoryLoader } = await import('n8n-core');
	const loader = new PackageDirectoryLoader(folder);
	const problems: string[] = [];
	const started = performance.now();
	await loader.loadAll();
	const milliseconds = performance.now() - started;
	const iconsOf = (urls: unknown) =>
		values(urls).map((url) => url.replace(`icons/${manifest.name}/`, ''));
	const nodes = Object.values(loader.nodeTypes).map(({ type, sourcePath }) => {
		const node = type as unknown as NodeInstance;
		return describe(node, sourcePath, iconsOf(node.description.iconUrl));
	});
	const credentials = Object.values(loader.credentialTypes).map(({ type }) => {
		const { name, iconUrl, supportedNodes } = type as unknown as CredentialInstance;
		return { name, icons: iconsOf(iconUrl), supportedNodes };
	});
	if (nodes.length !== manifest.n8n.nodes.length)
		problems.push(`n8n found ${nodes.length} of ${manifest.n8n.nodes.length} nodes`);
	return { milliseconds, nodes, credentials, problems };
}

const report = how === 'bare' ? bare() : await withN8n();
for (const { name, icons } of [...report.nodes, ...report.credentials]) {
	if (icons.length < 2) report.problems.push(`${name} has no light and dark icon`);
	for (const icon of icons)
		if (!existsSync(path.join(folder, icon))) report.problems.push(`${name}: there is no ${icon}`);
}
console.log(`\n${JSON.stringify(report)}`);
