import { sleep } from '../support/node.mts';
import { inTurn } from '../../nodes/Dintero/exactlyOnce/inTurn';

test('work on one thing is done one after another, in order, whatever fails', async () => {
	const log: string[] = [];
	const work =
		(name: string, ms: number, fails = false) =>
		async () => {
			log.push(`+${name}`);
			await sleep(ms);
			log.push(`-${name}`);
			if (fails) throw new Error(name);
			return name;
		};
	const all = await Promise.allSettled([
		inTurn('one', work('a', 20, true)),
		inTurn('one', work('b', 1)),
		inTurn('two', work('c', 1)),
		inTurn('one', work('d', 1)),
	]);
	expect(all.map(({ status }) => status)).toEqual([
		'rejected',
		'fulfilled',
		'fulfilled',
		'fulfilled',
	]);
	expect(log.filter((entry) => !entry.endsWith('c'))).toEqual(['+a', '-a', '+b', '-b', '+d', '-d']);
	expect(log.indexOf('-c')).toBeLessThan(log.indexOf('-a'));
	expect(await inTurn('one', async () => 'later')).toBe('later');
});
