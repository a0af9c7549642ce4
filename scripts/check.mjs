/**
 * `npm run check -- NAME [ARGUMENTS]` runs one of the long checks; `npm run check -- list` lists them. Installs what
 * a check needs (n8n, Chromium) first. Has no dependencies, like scripts/run.mjs.
 */
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

import { fail, run } from './run.mjs';

/**
 * @typedef {object} Check
 * @property {string} proves one line: what it proves when it passes, or what it writes
 * @property {string} takes duration on two processors, without the first installation
 * @property {string[]} command arguments for Node.js
 * @property {Array<'--with-n8n' | '--with-chromium'>} [needs] see scripts/run.mjs
 * @property {boolean} [writes] true: writes files of this project instead of proving something
 */

const suite = (...files) => ['--test', '--test-concurrency=1', '--test-reporter=spec', ...files];

/** @type {Record<string, Check>} */
export const CHECKS = {
	e2e: {
		proves: 'The packed package in a real n8n, driven by clicks in headless Chromium',
		takes: '2 min',
		needs: ['--with-n8n', '--with-chromium'],
		command: ['test/e2e/run.mts'],
	},
	examples: {
		proves: 'Every example workflow in a real n8n; or only those named',
		takes: '15 min',
		needs: ['--with-n8n', '--with-chromium'],
		command: ['test/examples/run.mts'],
	},
	trigger: {
		proves: 'The trigger in a real n8n: restarts, kill -9, two n8n at once, hostile input',
		takes: '6 min',
		needs: ['--with-n8n'],
		command: suite('test/trigger/lifecycle.e2e.mts', 'test/trigger/hostile.e2e.mts'),
	},
	'trigger-faults': {
		proves: "The trigger when n8n's database is away or stalls, or when Dintero's log is short",
		takes: '6 min',
		needs: ['--with-n8n'],
		command: suite('test/trigger/faults.e2e.mts'),
	},
	events: {
		proves:
			'No event is lost or forged in 2,000 payments while n8n is stopped and killed (docs/events.md); --quick: 200',
		takes: '50 min; --quick 4 min',
		needs: ['--with-n8n'],
		command: ['test/events/events.e2e.mts'],
	},
	queue: {
		proves: 'n8n in queue mode: main, two workers, webhook process. Needs PostgreSQL and Redis',
		takes: '6 min',
		needs: ['--with-n8n'],
		command: suite('test/queue/queue.e2e.mts'),
	},
	identity: {
		proves: 'Each job once in a real n8n: MCP, AI Agent, Retry, retry loop, two executions at once',
		takes: '5 min',
		needs: ['--with-n8n'],
		command: suite('test/actions/identity.e2e.mts'),
	},
	faults: {
		proves: "Every write with every fault and every identity, compared with the sandbox's books",
		takes: '20 min',
		command: ['test/faults/main.mts'],
	},
	chaos: {
		proves:
			"10,000 cards with faults and a kill -9 in a real n8n, compared with the sandbox's books",
		takes: '10 min',
		needs: ['--with-n8n'],
		command: ['test/chaos/run.mts'],
	},
	mutation: {
		proves:
			'Tests notice small changes in the code that handles money and signatures (docs/mutation.md)',
		takes: '30 min',
		command: ['scripts/mutation.mts'],
	},
	versions: {
		proves:
			'The package compiles and passes its tests with the oldest supported and the newest n8n',
		takes: '10 min, and two installations of n8n-core',
		command: ['scripts/test-versions.mts'],
	},
	publish: {
		proves: 'The steps of the publish workflow up to the publishing itself (docs/release.md)',
		takes: '2 min',
		command: ['scripts/publish-dry-run.mts'],
	},
	compose: {
		proves:
			'The Docker files in docs/docker are read by `docker compose config`. Needs Docker; starts nothing',
		takes: 'seconds',
		command: ['scripts/compose.mts'],
	},
	live: {
		proves:
			"What Dintero's documentation leaves open, asked of a real test account (docs/dintero-unknowns.md)",
		takes: '5 min',
		command: ['test/live/main.mts'],
	},
	bench: {
		proves: "Speed and memory compared with n8n's own nodes (bench/README.md)",
		takes: '60 min; --quick a few minutes',
		needs: ['--with-n8n'],
		command: ['bench/run.mts'],
	},
	lists: {
		proves: 'Lists of 100,000 gift cards compared with a bare paging loop (bench/README.md)',
		takes: '10 min',
		command: ['bench/run.mts', '--only=lists'],
	},
	week: {
		proves: 'The memory of the trigger does not grow: 70,000 events of a week at a real n8n',
		takes: '15 min',
		needs: ['--with-n8n'],
		command: ['bench/week.mts'],
	},
	database: {
		proves: "How much n8n's database grows for each card of a campaign (docs/scale.md)",
		takes: 'about an hour',
		needs: ['--with-n8n'],
		command: ['bench/database.mts'],
	},
	reconcile: {
		proves: 'How many requests examples/reconcile makes for 100,000 cards',
		takes: 'about 30 min',
		needs: ['--with-n8n'],
		command: ['bench/reconcile.mts'],
	},
	schemas: {
		proves:
			'Writes the output schemas of operations from what their tests see, or only of those named: giftCard/get',
		takes: '1 min',
		writes: true,
		command: ['scripts/schemas.mts'],
	},
	'operations-table': {
		proves: 'Writes the table of operations into README.md',
		takes: '10 s',
		writes: true,
		command: ['scripts/operations-table.mts'],
	},
	'contact-sheet': {
		proves:
			'Takes a picture of the panel of every operation into docs/panels, or only of those named',
		takes: '5 min',
		needs: ['--with-n8n', '--with-chromium'],
		writes: true,
		command: ['scripts/contact-sheet.mts'],
	},
	pictures: {
		proves: 'Takes a picture of every example, or of those named',
		takes: '3 min',
		needs: ['--with-n8n', '--with-chromium'],
		writes: true,
		command: ['test/examples/pictures.mts'],
	},
};

/** @returns {string} the list of checks */
export function listing() {
	const width = Math.max(...Object.keys(CHECKS).map((name) => name.length));
	const rows = (writes) =>
		Object.entries(CHECKS)
			.filter(([, check]) => Boolean(check.writes) === writes)
			.map(([name, { proves, takes }]) => `  ${name.padEnd(width)}  ${proves} (${takes})`);
	return [
		'npm run check -- NAME [ARGUMENTS]',
		'',
		'Checks:',
		...rows(false),
		'',
		'Commands that write files of this project:',
		...rows(true),
		'',
		'Run npm test before every commit. npm run verify runs the checks that n8n makes of a community package.',
	].join('\n');
}

/** @param {string[]} args a name and arguments for the check */
async function main([name = 'list', ...rest]) {
	if (name === 'list')
		return console.log(rest[0] === '--json' ? JSON.stringify(CHECKS) : listing());
	if (!Object.hasOwn(CHECKS, name)) {
		console.error(`✗ There is no check "${name}".\n\n${listing()}`);
		process.exitCode = 2;
		return;
	}
	const { needs = [], command } = CHECKS[name];
	await run([...needs, 'node', ...command, ...rest]);
}

if (import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href)
	main(process.argv.slice(2)).catch(fail);
