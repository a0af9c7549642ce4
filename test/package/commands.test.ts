import { checks, missingFiles, namedCommands, scripts } from './commands.mts';
import { readText } from './fixtures.mts';

test('every check runs a file that is there, and says what it proves and how long it takes', () => {
	expect(Object.keys(checks).length).toBeGreaterThan(10);
	for (const check of Object.values(checks)) {
		expect(missingFiles(check)).toEqual([]);
		expect(check.proves).toMatch(/^\S.{20,}/);
		expect(check.takes).toMatch(/\d|second|hour/);
	}
});

test('every command that a file names exists', () => {
	expect(namedCommands.length).toBeGreaterThan(30);
	const unknown = namedCommands.filter(
		({ script, argument }) =>
			!(script in scripts) ||
			(script === 'check' &&
				argument !== undefined &&
				argument !== 'list' &&
				!(argument in checks)),
	);
	expect(unknown).toEqual([]);
});

test('README.md shows at most five commands', () => {
	const shown = [...readText('README.md').matchAll(/```(?:bash|sh|shell)\n([\s\S]*?)```/g)]
		.flatMap(([, block]) => block.split('\n'))
		.concat(namedCommands.filter(({ file }) => file === 'README.md').map(({ script }) => script))
		.filter((line) => line.trim() !== '');
	expect(shown.length).toBeLessThanOrEqual(5);
});
