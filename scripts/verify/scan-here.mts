/** `node scan-here.mts FOLDER LEG RULES`: see scan.mts. Prints the report as one line of JSON. */
import { registerHooks } from 'node:module';
import path from 'node:path';

import { RULES, SCANNER, rulesVersion, type Leg, type Rules, type ScanReport } from './scan.mts';

interface Scanner {
	SOURCE_FILE_PATTERNS: string[];
	analyzePackage(
		folder: string,
		patterns: string[],
	): Promise<{ passed: boolean; message?: string; details?: string }>;
}

const [folder, leg, rules] = process.argv.slice(2) as [string, Leg, Rules];

if (rules === 'newest')
	registerHooks({
		resolve: (specifier, context, next) =>
			next(specifier, specifier === RULES ? { ...context, parentURL: import.meta.url } : context),
	});
// ESLint's findings including warnings, which the scanner does not report.
const { ESLint } = await import('eslint');
let results: Awaited<ReturnType<InstanceType<typeof ESLint>['lintFiles']>> = [];
const { lintFiles } = ESLint.prototype;
ESLint.prototype.lintFiles = async function (patterns) {
	results = await lintFiles.call(this, patterns);
	return results;
};
const { analyzePackage, SOURCE_FILE_PATTERNS } = (await import(
	`${SCANNER}/scanner/scanner.mjs`
)) as Scanner;
const patterns = leg === 'source' ? SOURCE_FILE_PATTERNS : ['**/*.js', 'package.json'];
const { passed, message, details } = await analyzePackage(folder, patterns);
const sum = (count: (result: (typeof results)[number]) => number) =>
	results.reduce((total, result) => total + count(result), 0);
const listing = results.flatMap(({ filePath, messages }) =>
	messages.map(
		({ line, message: text, ruleId }) =>
			`${path.relative(folder, filePath)}:${line} ${text} (${ruleId})`,
	),
);
const report: ScanReport = {
	passed,
	files: results.length,
	errors: sum(({ errorCount }) => errorCount),
	warnings: sum(({ warningCount }) => warningCount),
	details: listing.join('\n') || details || message || '',
	rulesVersion: await rulesVersion(rules),
};
console.log(`\n${JSON.stringify(report)}`);
