import { readText } from './fixtures.mts';
import {
	anchors,
	brokenAddresses,
	brokenLinks,
	otherTexts,
	pages,
	pictures,
	picturesNobodyShows,
} from './pages.mts';

test('the pages are found', () => {
	expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/security.md']));
	expect(pages.length).toBeGreaterThan(15);
	expect(pictures.length).toBeGreaterThan(10);
});

test.each(pages)('%s links only to what is there', (page) => {
	expect(brokenLinks(page, readText(page))).toEqual([]);
});

test('codex files, credentials and notes of examples link only to what is there', () => {
	const names = otherTexts.map(([name]) => name);
	expect(names).toContain('nodes/Dintero/DinteroTrigger.node.json');
	expect(names.filter((name) => name.startsWith('examples/')).length).toBeGreaterThan(15);
	const links = otherTexts.map(([name, text]) => [
		name,
		// Notes of examples are shown in n8n, where relative links do not work.
		...(name.startsWith('examples/') ? (text.match(/\]\((?!https:)[^)]*\)/g) ?? []) : []),
		...brokenAddresses(text),
	]);
	expect(links.filter(({ length }) => length > 1)).toEqual([]);
});

test('an address into this repository that leads nowhere is found', () => {
	const home = 'https://github.com/n8n-nodes-dintero/n8n-nodes-dintero';
	const text = [
		`"${home}#no-such-heading" ${home}#installation ${home}/issues`,
		`(${home}/blob/main/docs/none.md) ${home}/blob/main/docs/security.md#no-such-heading`,
		`${home}-other#x https://github.com/another/repository#x`,
	].join('\n');
	expect(brokenAddresses(text)).toEqual([
		`${home}#no-such-heading`,
		`${home}/blob/main/docs/none.md`,
		`${home}/blob/main/docs/security.md#no-such-heading`,
	]);
	expect(brokenLinks('README.md', `[a](${home}#no-such-heading)`)).toHaveLength(1);
});

test('a link that leads nowhere is found', () => {
	const text = [
		'# A `heading`, with signs',
		'[a](b.md) [c](#a-heading-with-signs) [d](#nowhere) ![e](../README.md#usage) <img src="x.png">',
		'[f](http://example.org) [g](../README.md#no-such-heading) `[h](code.md)`',
	].join('\n');
	expect(brokenLinks('docs/page.md', text)).toEqual([
		'b.md',
		'#nowhere',
		'x.png',
		'http://example.org',
		'../README.md#no-such-heading',
	]);
});

test('README.md has the headings that people and reviewers look for', () => {
	expect(anchors(readText('README.md'))).toEqual(
		expect.arrayContaining([
			'installation',
			'operations',
			'credentials',
			'compatibility',
			'usage',
			'resources',
			'version-history',
		]),
	);
});

test('every picture is shown somewhere', () => {
	expect(picturesNobodyShows()).toEqual([]);
});
