import { namesTheOwner } from './pages.mts';
import { readText } from './fixtures.mts';

test('docs/release.md lists every file that names the owner or the repository', () => {
	const table = readText('docs/release.md');
	expect(namesTheOwner.length).toBeGreaterThan(5);
	expect(namesTheOwner.filter((file) => !table.includes(`\`${file}\``))).toEqual([]);
});
