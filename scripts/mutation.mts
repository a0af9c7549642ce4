/**
 * Makes hundreds of small changes to the code that must not go wrong, and checks that a test notices each of them
 * (StrykerJS). Fails when a group is below the threshold in stryker.config.mjs.
 *
 *   npm run check -- mutation                                    all groups
 *   npm run check -- mutation money retry                        some of them
 *   npm run check -- mutation readers --files=domain/codes.ts    some files of them, with commas between them
 *   npm run check -- mutation readers --workers=1                one test runner instead of two
 *
 * The reports are written to reports/mutation.
 */
import { Stryker } from '@stryker-mutator/core';
import path from 'node:path';
import process, { argv, exit } from 'node:process';

interface Group {
	/** The files in nodes/Dintero to mutate. */
	code: string[];
	/** The fast test files that must notice the changes. Changes that only n8n's engine would show are not covered. */
	tests: string[];
	/** The least score in percent; that of stryker.config.mjs when missing. */
	least?: number;
	/** Whether what n8n only shows is left out (scripts/onlyShown.mts). */
	onlyReading?: true;
}

const GROUPS: Record<string, Group> = {
	money: { code: ['domain/money.ts'], tests: ['domain/money.test.ts'] },
	formats: {
		code: ['domain/{codeFormat,dates,idPattern,invalidInput,text}.ts'],
		tests: ['domain/{codeFormat,dates,idPattern,text}.test.ts'],
	},
	readers: {
		code: [
			'domain/{baseUrl,choices,codes,executionId,flags,metadata,nothing,numbers}.ts',
			'fields/{amount,choice,code,codeFormat,date,field,flag,limit,locator,metadata,number,text,tokenLifetime}.ts',
		],
		tests: [
			'domain/*.test.ts',
			'fields/{amount,choice,code,codeFormat,date,field,flag,limit,locator,metadata,number,text,tokenLifetime}.test.ts',
		],
		least: 95,
		onlyReading: true,
	},
	signature: { code: ['trigger/signature.ts'], tests: ['trigger/signature.test.ts'] },
	exactlyOnce: { code: ['exactlyOnce/*.ts'], tests: ['exactlyOnce/*.test.ts'] },
	retry: {
		code: ['transport/{retry,failure,pace}.ts'],
		tests: ['transport/{retry,failure,pace}.test.ts'],
	},
};

interface Row {
	file: string;
	mutants: number;
	killed: number;
	survived: number;
	/** Not made: what is only shown, see scripts/onlyShown.mts. */
	leftOut: number;
}

const asked = argv.slice(2).filter((arg) => !arg.startsWith('--'));
const settings = new Map(
	argv
		.slice(2)
		.filter((arg) => arg.startsWith('--'))
		.map((arg) => arg.split('=') as [string, string | undefined]),
);
const onlyFiles = settings.get('--files')?.split(',');
const workers = settings.get('--workers');
const unknown = [
	...asked.filter((name) => !(name in GROUPS)),
	...[...settings.keys()].filter((name) => !['--files', '--workers'].includes(name)),
];
if (unknown.length > 0) {
	console.error(
		`There is no ${unknown.join(', ')}. Use ${Object.keys(GROUPS).join(', ')}, --files= and --workers=.`,
	);
	exit(2);
}
if (onlyFiles && asked.length !== 1) {
	console.error('Name the one group whose tests the files are for.');
	exit(2);
}

const rows: Row[] = [];
const tooLow: string[] = [];
for (const [name, group] of Object.entries(GROUPS)) {
	if (asked.length > 0 && !asked.includes(name)) continue;
	process.exitCode = 0;
	rows.push(...(await runGroup(name, group)));
	// Stryker sets the exit code when the group is below the threshold.
	if (process.exitCode !== 0) tooLow.push(name);
}
for (const row of [...rows, sumOf(rows)])
	console.log(
		`| ${row.file} | ${row.mutants} | ${row.killed} | ${row.survived} | ${((100 * row.killed) / row.mutants).toFixed(1)} % | ${row.leftOut} |`,
	);
if (tooLow.length > 0) console.error(`✗ Too many mutants survived: ${tooLow.join(', ')}`);
exit(tooLow.length > 0 ? 1 : 0);

async function runGroup(name: string, { code, tests, least, onlyReading }: Group): Promise<Row[]> {
	const report = path.join('reports', 'mutation', name);
	const mutants = await new Stryker({
		mutate: (onlyFiles ?? code).map((file) => `nodes/Dintero/${file}`),
		...(onlyReading ? { ignorers: ['onlyShown'] } : {}),
		...(workers === undefined ? {} : { concurrency: Number(workers) }),
		...(least === undefined ? {} : { thresholds: { high: least, low: least, break: least } }),
		jest: { config: { testMatch: tests.map((file) => `<rootDir>/test/${file}`) } },
		htmlReporter: { fileName: `${report}.html` },
		jsonReporter: { fileName: `${report}.json` },
	}).runMutationTest();
	const byFile = new Map<string, Row>();
	for (const { fileName, status } of mutants) {
		const file = path.relative(process.cwd(), fileName).split(path.sep).join('/');
		const row = byFile.get(file) ?? { file, mutants: 0, killed: 0, survived: 0, leftOut: 0 };
		byFile.set(file, row);
		if (status === 'Killed' || status === 'Timeout') row.killed++;
		else if (status === 'Survived' || status === 'NoCoverage') row.survived++;
		else {
			if (status === 'Ignored') row.leftOut++;
			continue; // cannot be run, or is not made
		}
		row.mutants++;
	}
	return [...byFile.values()].sort((a, b) => a.file.localeCompare(b.file));
}

function sumOf(of: Row[]): Row {
	const sum = (key: 'mutants' | 'killed' | 'survived' | 'leftOut') =>
		of.reduce((total, row) => total + row[key], 0);
	return {
		file: 'all',
		mutants: sum('mutants'),
		killed: sum('killed'),
		survived: sum('survived'),
		leftOut: sum('leftOut'),
	};
}
