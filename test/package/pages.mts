/** The pages of this project, other texts with links, what they link to, and whether it is there. */
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';

import { readText, root } from './fixtures.mts';

const exclude = (name: string) => /(?:^|\/)(?:node_modules|reports|coverage)$/.test(name);

/** Every page. */
export const pages = globSync('**/*.md', { cwd: root, exclude });

/** Where this repository is on GitHub: a link to it is held against the files here. */
const { homepage, author } = JSON.parse(readText('package.json')) as {
	homepage: string;
	author: { name: string };
};
const home = homepage.split('#')[0];

interface ExampleNode {
	file: string;
	name: string;
	type: string;
	typeVersion: number;
	parameters: { content?: string; mode?: string };
}

/** Every node of every example. */
export const exampleNodes = globSync('examples/**/*.json', { cwd: root }).flatMap((file) => {
	const { nodes } = JSON.parse(readText(file)) as { nodes: Array<Omit<ExampleNode, 'file'>> };
	return nodes.map((node): ExampleNode => ({ file, ...node }));
});

/** Notes on the canvas of an example, by example and node. */
const notes = exampleNodes
	.filter(({ type }) => type === 'n8n-nodes-base.stickyNote')
	.map(({ file, name, parameters }): [string, string] => [
		`${file}: ${name}`,
		parameters.content ?? '',
	]);

/** What is no page and has links that people follow: codex files, credentials, notes of the examples, package.json. */
export const otherTexts: Array<[name: string, text: string]> = [
	...['package.json', ...globSync('{nodes,credentials}/**/*.{node.json,ts}', { cwd: root })].map(
		(file): [string, string] => [file, readText(file)],
	),
	...notes,
];

/** Every picture of the documentation. */
export const pictures = globSync('{docs,examples}/**/*.{png,jpg}', { cwd: root, exclude });

const withoutBlocks = (text: string) => text.replace(/```[\s\S]*?```/g, '');
const withoutCode = (text: string) => withoutBlocks(text).replace(/`[^`\n]*`/g, '');

/** What a page links to and shows, in Markdown and in HTML. */
const targets = (text: string) =>
	[...withoutCode(text).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(
		([, markdown, html]) => markdown ?? html,
	);

/** The anchors GitHub gives to the headings of a page. */
export const anchors = (text: string) =>
	[...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
		heading
			.toLowerCase()
			.replace(/[^\p{L}\p{N}\s_-]/gu, '')
			.trim()
			.replace(/\s/g, '-'),
	);

const beside = (page: string, file: string) =>
	path.posix.join(path.posix.dirname(page), decodeURI(file));

/** GitHub shows README.md at these places. */
const isReadme = (file: string) => file === '' || /^tree\/[^/]+\/?$/.test(file);

/** Parts of a repository that GitHub generates. */
const made = /^(?:issues|releases|actions|security|blob\/v|archive)\b/;

/** Whether an address leads into this repository and to nothing. */
function isBrokenAtHome(address: string): boolean {
	const [place, anchor] = address.slice(home.length).replace(/^\//, '').split('#');
	if (made.test(place)) return false;
	if (isReadme(place))
		return (
			anchor !== undefined &&
			anchor !== 'readme' &&
			!anchors(readText('README.md')).includes(anchor)
		);
	const file = place.replace(/^(?:blob|tree)\/[^/]+\//, '');
	if (!existsSync(path.join(root, file))) return true;
	return anchor !== undefined && !anchors(readText(file)).includes(anchor);
}

const atHome = (address: string) =>
	address === home || ['/', '#'].some((next) => address.startsWith(home + next));

/** The links of a page that lead nowhere; addresses elsewhere are not asked. */
export function brokenLinks(page: string, text: string): string[] {
	return targets(text).filter((target) => {
		if (atHome(target)) return isBrokenAtHome(target);
		if (/^https:\/\//.test(target)) return false;
		const [file, anchor] = target.split('#');
		if (file === '') return !anchors(text).includes(anchor);
		const there = beside(page, file);
		if (!existsSync(path.join(root, there))) return true;
		return anchor !== undefined && !anchors(readText(there)).includes(anchor);
	});
}

/** Addresses into this repository that lead nowhere, however the text writes them. */
export const brokenAddresses = (text: string): string[] =>
	[...text.matchAll(/https:\/\/[^\s"'`<>)]+/g)]
		.map(([address]) => address.replace(/[.,;]$/, ''))
		.filter((address) => atHome(address) && isBrokenAtHome(address));

/** The pictures no page shows. */
export function picturesNobodyShows(): string[] {
	const shown = pages.flatMap((page) =>
		targets(readText(page)).map((target) => beside(page, target)),
	);
	return pictures.filter((picture) => !shown.includes(picture));
}

/** The files that name the repository on GitHub or the author; a new owner changes them. */
export const namesTheOwner = globSync('**/*.{md,json,ts,mts,mjs,yml,svg,html}', {
	cwd: root,
	exclude,
})
	.filter((file) => !/package-lock\.json$|^dist\/|^docs\/release\.md$/.test(file))
	.filter((file) => [home, author.name].some((name) => readText(file).includes(name)))
	.map((file) => file.split(path.sep).join('/'))
	.sort();
