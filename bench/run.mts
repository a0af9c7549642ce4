/**
 * `npm run check -- bench`: measures how fast the nodes are in a real n8n compared with what n8n itself can do, and
 * how that grows. `--quick` takes a few minutes instead of an hour; `--only=own,lists,events,speed,memory,growth`
 * runs a part; `--write` puts the tables into bench/README.md. `npm run check -- lists` runs that part alone, without
 * n8n.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { n8nFolder, root } from '../scripts/project.mts';
import { withSection } from '../scripts/sections.mts';
import { openEvents, type Pace, type Round, type Rounds, type TriggerName } from './events.mts';
import {
	installedPackage,
	openHarness,
	TOKEN_CALLS,
	type BenchHarness,
	type Measured,
} from './harness.mts';
import { measureLists, type ListMeasured, type LongRun, type Pair } from './lists.mts';
import { measureEventWork, measureOwnWork } from './own-work.mts';
import { median, ratio, spread, type Series } from './statistics.mts';
import {
	floor,
	httpRequest,
	inChunks,
	nothing,
	ours,
	parameterReading,
	straight,
	type Contestant,
} from './workflows.mts';

const DELAY = 20;
const option = (name: string) =>
	process.argv.find((argument) => argument.startsWith(`--${name}`))?.split('=')[1] ?? '';
const quick = process.argv.includes('--quick');
const ALL = ['own', 'lists', 'events', 'speed', 'memory', 'growth'];
const wanted = option('only') ? option('only').split(',') : ALL;
const onlyLists = wanted.every((name) => name === 'lists');
const repetitions = quick ? 3 : 5;
/** Fewer rounds, because a list of 100,000 takes half a minute per run. */
const LIST_ROUNDS = 3;
const say = (line: string) => console.log(line);

/** A line of the table: what was measured, the figure, the limit, and whether it is met. */
interface Line {
	part: string;
	what: string;
	figure: string;
	bar: string;
	holds?: boolean;
}
const lines: Line[] = [];
let part = '';
const raw: Record<string, unknown> = {};
const add = (what: string, figure: string, bar = '', holds?: boolean): void => {
	lines.push({ part, what, figure, bar, holds });
	say(`${holds === false ? '✗' : holds ? '✓' : ' '} ${what}: ${figure}${bar && ` (bar: ${bar})`}`);
};

const seconds = (series: Series) => `${(median(series) / 1000).toFixed(2)} s ${spread(series)}`;
const times = (value: number) => `${value.toFixed(2)}×`;
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;

/** Runs all nodes under test in turn, in several rounds, every other round in reverse order. */
async function sideBySide(
	harness: BenchHarness,
	contestants: () => Record<string, Contestant>,
	count: number,
	rounds: number,
): Promise<Record<string, Measured[]>> {
	const results: Record<string, Measured[]> = {};
	for (let round = 0; round < rounds; round++) {
		await harness.clear();
		const names = Object.keys(contestants());
		for (const name of round % 2 === 0 ? names : names.toReversed()) {
			const measured = await harness.run((sizes) => straight(contestants()[name], sizes), count);
			(results[name] ??= []).push(measured);
			say(
				`    ${count} cards, round ${round + 1}, ${name}: ${measured.time} ms, ${measured.maxInFlight} in flight`,
			);
		}
	}
	return results;
}

const timesOf = (runs: ReadonlyArray<{ time: number }>) => runs.map(({ time }) => time);

async function speed(harness: BenchHarness): Promise<void> {
	for (const count of quick ? [1000] : [1000, 10_000]) {
		const results = await sideBySide(
			harness,
			() => ({
				'ours, 10': ours(harness.surroundings, 10),
				'floor, 10': floor(harness.surroundings, 10),
				'ours, 25': ours(harness.surroundings, 25),
				'floor, 25': floor(harness.surroundings, 25),
				'HTTP Request': httpRequest(harness.surroundings),
			}),
			count,
			repetitions,
		);
		const batching = { batchSize: 50, batchInterval: 1000 };
		const batched = await sideBySide(
			harness,
			() => ({ 'HTTP Request, batches': httpRequest(harness.surroundings, batching) }),
			count,
			count > 1000 || quick ? 1 : repetitions,
		);
		const parameters = await sideBySide(
			harness,
			() => ({ 'reading two expressions': parameterReading }),
			count,
			repetitions,
		);
		raw[`speed ${count}`] = { ...results, ...batched, ...parameters };
		const cards = grouped(count);
		for (const concurrency of [10, 25]) {
			const our = timesOf(results[`ours, ${concurrency}`]);
			const bare = timesOf(results[`floor, ${concurrency}`]);
			const by = ratio(our, bare);
			const work = ratio(
				results[`ours, ${concurrency}`].map(({ cpu }) => cpu),
				results[`floor, ${concurrency}`].map(({ cpu }) => cpu),
			);
			add(
				`${cards} cards, ${concurrency} at once: ours against a bare loop of n8n's request helper`,
				`${seconds(our)} / ${seconds(bare)} = **${times(by)}** (processor time ${times(work)})`,
				'≤ 1.10×',
				by <= 1.1,
			);
		}
		const our = timesOf(results['ours, 25']);
		const all = results['HTTP Request'];
		const inFlight = Math.max(...results['ours, 25'].map(({ maxInFlight }) => maxInFlight));
		add(
			`${cards} cards: ours with at most ${inFlight} in flight against HTTP Request with its defaults (at most ${Math.max(...all.map(({ maxInFlight }) => maxInFlight))} in flight)`,
			`${seconds(our)} / ${seconds(timesOf(all))} = ${times(ratio(our, timesOf(all)))}`,
			'≤ 1.00×, ≤ 25 in flight',
			ratio(our, timesOf(all)) <= 1 && inFlight <= 25,
		);
		const slow = timesOf(batched['HTTP Request, batches']);
		add(
			`${cards} cards: HTTP Request with its batching defaults (50 a second) against ours`,
			`${seconds(slow)} / ${seconds(our)} = ${times(ratio(slow, our))}`,
			'≥ 8×',
			ratio(slow, our) >= 8,
		);
		add(
			`${cards} cards: n8n's own evaluation of two expressions a card`,
			`${Math.round((median(timesOf(parameters['reading two expressions'])) * 1000) / count)} µs a card`,
		);
	}
	await tokens(harness);
}

/** Counts the sign-ins of a run that starts with an expired token. */
async function tokens(harness: BenchHarness): Promise<void> {
	const signIns = async (contestant: Contestant): Promise<number> => {
		await harness.expireTokens();
		const { calls } = await harness.run((sizes) => straight(contestant, sizes), 1000);
		return calls[TOKEN_CALLS] ?? 0;
	};
	const our = await signIns(ours(harness.surroundings, 25));
	const theirs = await signIns(httpRequest(harness.surroundings));
	raw.tokens = { our, theirs };
	add(
		'Token requests of a run of 1 000 cards whose token has expired (HTTP Request: ' + theirs + ')',
		String(our),
		'1',
		our === 1,
	);
}

/** Each run uses a new process of n8n, because a process does not return memory. */
async function memory(harness: BenchHarness): Promise<void> {
	const count = quick ? 1000 : 10_000;
	await harness.clear();
	await harness.stopServer();
	const contestants = {
		'empty run': nothing,
		ours: ours(harness.surroundings, 25),
		'HTTP Request': httpRequest(harness.surroundings),
	};
	const peaks: Record<string, number[]> = {};
	for (let round = 0; round < repetitions; round++)
		for (const [name, contestant] of Object.entries(contestants)) {
			const { peak } = await harness.runAlone((sizes) => straight(contestant, sizes), count);
			(peaks[name] ??= []).push(peak);
			say(`    memory, round ${round + 1}, ${name}: ${megabytes(peak)}`);
		}
	await harness.startServer();
	raw.memory = peaks;
	const over = (name: string) => median(peaks[name]) - median(peaks['empty run']);
	add(
		`Peak memory of ${grouped(count)} cards over an empty run (${megabytes(median(peaks['empty run']))}): ours against HTTP Request`,
		`${megabytes(over('ours'))} / ${megabytes(over('HTTP Request'))}`,
		'no more',
		over('ours') <= over('HTTP Request'),
	);
}

async function own(): Promise<void> {
	const figures = await measureOwnWork(installedPackage, 10_000, Math.max(7, repetitions));
	raw.own = figures;
	add(
		'Our own work for a card without the network',
		`${median(figures).toFixed(1)} µs`,
		'< 50 µs',
		median(figures) < 50,
	);
}

/** Measures a long list of gift cards, read as fast as its pages arrive. */
async function lists(): Promise<void> {
	const cards = quick ? 10_000 : 100_000;
	const { pairs, short } = await measureLists(cards, LIST_ROUNDS, DELAY, say);
	raw.lists = { pairs, short };
	const of = (run: LongRun, whose: keyof Pair, member: keyof ListMeasured) =>
		pairs[run].map((pair) => pair[whose][member]);
	/** Compares the runs that ran at the same time. */
	const by = (run: LongRun, member: keyof ListMeasured) =>
		median(pairs[run].map(({ ours, bare }) => ours[member] / bare[member]));
	for (const [run, what] of [
		['ours, raw', 'raw'],
		['ours, simplified', 'simplified'],
		['ours, filtered', 'simplified, with six filters that all of them pass'],
	] as const)
		add(
			`${grouped(cards)} cards, ${what}: ours against a bare paging loop at the same time`,
			`${seconds(of(run, 'ours', 'time'))} / ${seconds(of(run, 'bare', 'time'))} = **${times(by(run, 'time'))}** (processor time ${times(by(run, 'cpu'))})`,
			'≤ 1.10×',
			by(run, 'time') <= 1.1,
		);
	const limited = short['ours, limit'];
	const pages = Math.max(...limited.map(({ requests }) => requests));
	add(
		`Pages asked for with a filter and Limit 50, of ${grouped(cards / 100)} (${seconds(timesOf(limited))})`,
		String(pages),
		'1',
		pages === 1,
	);
	const own = median(short['one card'].map(({ peak }) => peak));
	const over = (peaks: number[]) => megabytes(median(peaks) - own);
	const peaks = (run: LongRun) => over(of(run, 'ours', 'peak'));
	add(
		`Peak memory of ${grouped(cards)} cards over a list of one (${megabytes(own)}): ours simplified, filtered, raw, against the bare loop`,
		`${peaks('ours, simplified')}, ${peaks('ours, filtered')}, ${peaks('ours, raw')} / ${over(of('ours, raw', 'bare', 'peak'))}`,
	);
}

/**
 * Compares our trigger with n8n's Webhook node. The limits apply to the closed loop: each connection sends its next
 * event when the last is answered, so the comparison shows n8n's maximum.
 */
async function events(harness: BenchHarness): Promise<void> {
	const own = await measureEventWork(
		installedPackage,
		quick ? 2000 : 10_000,
		Math.max(7, repetitions),
	);
	raw['event work'] = own;
	add(
		'Verifying one event: our own work from the raw bytes to the item (the signature alone)',
		`${median(own.all).toFixed(1)} µs (${median(own.signature).toFixed(1)} µs)`,
		'< 50 µs',
		median(own.all) < 50,
	);
	await sideBySideEvents(harness, "n8n's defaults", quick ? 60 : 80);
	// n8n's own Webhook node, recognized by its name, needs no isolate for expressions. A setting makes isolates on
	// demand for every node.
	await harness.restart({ N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE: 'true' });
	await sideBySideEvents(harness, 'isolates on demand', quick ? 60 : 200);
	await harness.restart({});
}

async function sideBySideEvents(
	harness: BenchHarness,
	setting: string,
	count: number,
): Promise<void> {
	const pace: Pace = { count, connections: 10 };
	const runner = await openEvents(harness, say);
	await runner.rounds({ ...pace, count: Math.ceil(count / 2) }, 1);
	const rounds = await runner.rounds(pace, repetitions);
	await runner.close();
	raw[`events, ${setting}`] = rounds;
	const against = (other: TriggerName, name: string): void => {
		compare(
			rounds,
			other,
			'executed',
			`Events, ${setting}: ours against ${name}`,
			'a second',
			0.95,
		);
		compare(
			rounds,
			other,
			'p99',
			`p99 of the answers, ${setting}: ours against ${name}`,
			'ms',
			1.1,
		);
	};
	against('guarded', 'the Webhook node with Header Auth');
	against('open', 'the Webhook node open to everybody');
}

function compare(
	rounds: Rounds,
	other: TriggerName,
	key: 'executed' | 'p99',
	what: string,
	unit: string,
	bar: number,
): void {
	const of = (name: TriggerName, which: keyof Round) => rounds[name].map((round) => round[which]);
	const shown = (series: Series) =>
		`${median(series).toFixed(1)} [${Math.min(...series).toFixed(1)}–${Math.max(...series).toFixed(1)}]`;
	const by = ratio(of('ours', key), of(other, key));
	const work = ratio(of('ours', 'cpu'), of(other, 'cpu'));
	const higher = key === 'executed';
	add(
		what,
		`${shown(of('ours', key))} / ${shown(of(other, key))} ${unit} = **${times(by)}**${higher && Number.isFinite(work) ? ` (processor time ${times(work)})` : ''}`,
		`${higher ? '≥' : '≤'} ${times(bar)}`,
		higher ? by >= bar : by <= bar,
	);
}

/** Processes the same cards in more and more chunks of 1,000, in one execution. */
async function growth(harness: BenchHarness): Promise<void> {
	const chunk = 1000;
	const sizes = quick ? [1000, 10_000] : [1000, 10_000, 100_000];
	const found: Array<{ count: number; perCard: number; perChunk: number[] }> = [];
	for (const count of sizes) {
		const rounds = count > 10_000 || quick ? 1 : 3;
		const runs: Measured[] = [];
		for (let round = 0; round < rounds; round++) {
			await harness.clear();
			const measured = await harness.run(
				(given) => inChunks(ours(harness.surroundings, 25), given, chunk),
				count,
				7_200_000,
			);
			runs.push(measured);
			say(
				`    ${count} cards in chunks: ${measured.time} ms, peak ${megabytes(measured.peak)}, heap after the last chunk ${megabytes(measured.marks.at(-1) ?? 0)}`,
			);
		}
		const { marks } = runs[0];
		found.push({
			count,
			perCard: median(timesOf(runs)) / count,
			perChunk: marks.slice(1).map((mark, i) => mark - marks[i]),
		});
	}
	raw.growth = found;
	const [small, large] = [found[0], found[found.length - 1]];
	add(
		`Time a card, ${sizes.map(grouped).join(' → ')} cards in chunks of ${grouped(chunk)}`,
		found.map(({ perCard }) => `${perCard.toFixed(2)} ms`).join(' → '),
		'linear (±10%)',
		Math.abs(large.perCard / small.perCard - 1) <= 0.1,
	);
	const half = Math.floor(large.perChunk.length / 2);
	const early = mean(large.perChunk.slice(0, half));
	const late = mean(large.perChunk.slice(half));
	add(
		`Memory that n8n keeps for a chunk of ${grouped(chunk)} cards, first and second half of ${grouped(large.count)} cards`,
		`${(early / 1e6).toFixed(2)} MB, ${(late / 1e6).toFixed(2)} MB`,
		'flat (±10%)',
		Math.abs(late / early - 1) <= 0.1,
	);
}

const grouped = (count: number) => count.toLocaleString('en').replaceAll(',', ' ');

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

async function machine(): Promise<string> {
	const cpus = os.cpus();
	const load = os.loadavg().map((value) => value.toFixed(1));
	return `${cpus.length} processors (${cpus[0].model.trim()}), ${Math.round(os.totalmem() / 2 ** 30)} GiB, Node ${process.version}${onlyLists ? '' : await n8nVersion()}; load before ${load.join(', ')}`;
}

async function n8nVersion(): Promise<string> {
	const manifest = path.join(n8nFolder, 'node_modules', 'n8n', 'package.json');
	const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
	return `, n8n ${version}, SQLite`;
}

/** The lines of one part, with the command that produces them. */
function table(name: string): string {
	const rows = lines
		.filter((line) => line.part === name)
		.map(
			({ what, figure, bar, holds }) =>
				`| ${what} | ${figure} | ${bar} | ${holds === undefined ? '' : holds ? 'yes' : '**no**'} |`,
		);
	const rounds =
		name === 'growth'
			? `${quick ? 'One round' : 'Medians of 3 rounds, the longest run once'}.`
			: `Medians of ${name === 'lists' ? LIST_ROUNDS : repetitions} rounds, smallest and largest in brackets.`;
	const command = `npm run check -- ${name === 'lists' ? 'lists' : `bench --only=${name}`}`;
	return [
		`\`${command}${quick ? ' --quick' : ''}\` on ${where}. ${rounds}`,
		'',
		'| what | figure | bar | holds |',
		'|---|---|---|---|',
		...rows,
	].join('\n');
}

/** Puts the tables of the parts that ran into the text; the other tables stay. */
function withTables(readme: string): string {
	return wanted.reduce((text, name) => withSection(text, name, table(name)), readme);
}

const where = await machine();
say(where);
const harness = onlyLists ? undefined : await openHarness({ delayMs: DELAY });
const inN8n = (part: (harness: BenchHarness) => Promise<void>) => async () => {
	if (harness) await part(harness);
};
const parts: Record<string, () => Promise<void>> = {
	own,
	lists,
	events: inN8n(events),
	speed: inN8n(speed),
	memory: inN8n(memory),
	growth: inN8n(growth),
};
try {
	for (part of wanted) await parts[part]();
} finally {
	await harness?.close();
	const reports = path.join(root, 'reports');
	await mkdir(reports, { recursive: true });
	await writeFile(
		path.join(reports, 'bench.json'),
		JSON.stringify({ where, lines, raw }, undefined, '\t'),
	);
}
for (const name of wanted) say(`\n${table(name)}\n`);
if (process.argv.includes('--write')) {
	const readme = path.join(root, 'bench', 'README.md');
	await writeFile(readme, withTables(await readFile(readme, 'utf8')));
}
process.exit(lines.some(({ holds }) => holds === false) ? 1 : 0);
