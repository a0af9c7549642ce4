/**
 * A seeded part of the table of faults; all of it with `npm run check -- faults`. A case that goes wrong is printed whole:
 * put it into `FAULTS_CASE` as JSON to play it alone.
 */
import { env, print } from '../support/node.mts';
import { JOBS } from './jobs.mts';
import { Table, pairs, singles, type Case } from './table.mts';

const all = env.FAULTS === 'all';
jest.setTimeout(all ? 3_600_000 : 300_000);

let table: Table;
beforeEach(async () => {
	table = new Table();
	await table.open();
});
afterEach(async () => await table.close());

async function play(cases: AsyncIterable<Case> | Iterable<Case>) {
	const wrong: object[] = [];
	let played = 0;
	for await (const one of cases) {
		played++;
		const problems = await table.play(one);
		if (problems.length > 0) wrong.push({ case: one, problems });
	}
	return { played, wrong, ended: table.ended };
}

if (env.FAULTS_CASE !== undefined)
	test('the case', async () => {
		const { wrong } = await play([JSON.parse(env.FAULTS_CASE!) as Case]);
		expect(wrong).toEqual([]);
	});
else if (all) {
	test.each(JOBS.map((job) => [job.name, job] as const))(
		'%s: every single fault',
		async (_, job) => {
			const { played, wrong, ended } = await play(singles(table, [job], env.FAULTS_ONLY));
			print(`${job.name}: ${played} cases, ${JSON.stringify(ended)}`);
			expect(wrong).toEqual([]);
		},
	);
	test.each(JOBS.map((job, index) => [job.name, job, index] as const))(
		'%s: two faults',
		async (_, job, index) => {
			const { wrong } = await play(pairs(Number(env.FAULTS_PAIRS ?? 150), 1000 + index, [job]));
			expect(wrong).toEqual([]);
		},
	);
} else
	test('a part of the table', async () => {
		const seed = Number(env.FAULTS_SEED ?? 1);
		const { played, wrong, ended } = await play(pairs(90, seed));
		expect({ seed, played, wrong }).toEqual({ seed, played: 90, wrong: [] });
		// Neither refusing everything nor meeting no fault would prove anything.
		expect(ended.done).toBeGreaterThan(50);
		expect(ended.failed).toBeGreaterThan(0);
		expect(ended.refused).toBeGreaterThan(5);
	});
