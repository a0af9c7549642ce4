import { readText } from './fixtures.mts';
import { anchors, brokenLinks, pages, pictures, picturesNobodyShows } from './pages.mts';

test('the pages are found', () => {
	expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/security.md']));
	expect(pages.length).toBeGreaterThan(15);
	expect(pictures.length).toBeGreaterThan(10);
});

test.each(pages)('%s links only to what is there', (page) => {
	expect(brokenLinks(page, readText(page))).toEqual([]);
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
