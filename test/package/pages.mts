/** The pages of this project, what they link to, and whether it is there. */
import { existsSync, globSync } from 'node:fs';
import path from 'node:path';

import { readText, root } from './fixtures.mts';

const exclude = (name: string) => /(?:^|\/)(?:node_modules|reports|coverage)$/.test(name);

/** Every page. */
export const pages = globSync('**/*.md', { cwd: root, exclude });

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

/** The links of a page that lead nowhere; addresses elsewhere are not asked. */
export function brokenLinks(page: string, text: string): string[] {
	return targets(text).filter((target) => {
		if (/^https:\/\//.test(target)) return false;
		const [file, anchor] = target.split('#');
		if (file === '') return !anchors(text).includes(anchor);
		const there = beside(page, file);
		if (!existsSync(path.join(root, there))) return true;
		return anchor !== undefined && !anchors(readText(there)).includes(anchor);
	});
}

/** The pictures no page shows. */
export function picturesNobodyShows(): string[] {
	const shown = pages.flatMap((page) =>
		targets(readText(page)).map((target) => beside(page, target)),
	);
	return pictures.filter((picture) => !shown.includes(picture));
}
