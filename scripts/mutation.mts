/**
 * Changes the code that must not go wrong in hundreds of small ways and sees whether a test notices each of them
 * (StrykerJS). It fails when a group is below the threshold in stryker.config.mjs.
 *
 *   npm run mutation                     all groups
 *   npm run mutation -- money retry      some of them
 *
 * Reports for people and for programs are written to reports/mutation.
 */
import { Stryker } from '@stryker-mutator/core';
import path from 'node:path';
import process, { argv, exit } from 'node:process';

interface Group {
	/** Files of nodes/Dintero that are mutated. */
	code: string[];
	/** Files of test that must notice: the fast ones. What only n8n's engine would show is not asked for here. */
	tests: string[];
}

const GROUPS: Record<string, Group> = {
	money: { code: ['domain/money.ts'], tests: ['domain/money.test.ts'] },
	formats: {
		code: ['domain/{codeFormat,dates,idPattern,invalidInput,text}.ts'],
		tests: ['domain/{codeFormat,dates,idPattern,text}.test.ts'],
	},
	signature: { code: ['trigger/signature.ts'], tests: ['trigger/signature.test.ts'] },
	issuance: { code: ['issuance/*.ts'], tests: ['issuance/*.test.ts'] },
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
}

const asked = argv.slice(2);
const unknown = asked.filter((name) => !(name in GROUPS));
if (unknown.length > 0) {
	console.error(`There is no group ${unknown.join(', ')}. Use ${Object.keys(GROUPS).join(', ')}.`);
	exit(2);
}

const rows: Row[] = [];
const tooLow: string[] = [];
for (const [name, { code, tests }] of Object.entries(GROUPS)) {
	if (asked.length > 0 && !asked.includes(name)) continue;
	process.exitCode = 0;
	rows.push(...(await runGroup(name, code, tests)));
	// Stryker sets it when the group is below the threshold.
	if (process.exitCode !== 0) tooLow.push(name);
}
for (const row of [...rows, sumOf(rows)])
	console.log(
		`| ${row.file} | ${row.mutants} | ${row.killed} | ${row.survived} | ${((100 * row.killed) / row.mutants).toFixed(1)} % |`,
	);
if (tooLow.length > 0) console.error(`✗ Too many mutants survived: ${tooLow.join(', ')}`);
exit(tooLow.length > 0 ? 1 : 0);

async function runGroup(name: string, code: string[], tests: string[]): Promise<Row[]> {
	const report = path.join('reports', 'mutation', name);
	const mutants = await new Stryker({
		mutate: code.map((file) => `nodes/Dintero/${file}`),
		jest: { config: { testMatch: tests.map((file) => `<rootDir>/test/${file}`) } },
		htmlReporter: { fileName: `${report}.html` },
		jsonReporter: { fileName: `${report}.json` },
	}).runMutationTest();
	const byFile = new Map<string, Row>();
	for (const { fileName, status } of mutants) {
		const file = path.relative(process.cwd(), fileName).split(path.sep).join('/');
		const row = byFile.get(file) ?? { file, mutants: 0, killed: 0, survived: 0 };
		byFile.set(file, row);
		if (status === 'Killed' || status === 'Timeout') row.killed++;
		else if (status === 'Survived' || status === 'NoCoverage') row.survived++;
		else continue; // cannot be run, or is left out with a reason in the code
		row.mutants++;
	}
	return [...byFile.values()].sort((a, b) => a.file.localeCompare(b.file));
}

function sumOf(of: Row[]): Row {
	const sum = (key: 'mutants' | 'killed' | 'survived') =>
		of.reduce((total, row) => total + row[key], 0);
	return { file: 'all', mutants: sum('mutants'), killed: sum('killed'), survived: sum('survived') };
}
