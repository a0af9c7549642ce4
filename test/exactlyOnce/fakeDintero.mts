/** A Dintero client that answers from a script, for answers that the sandbox never gives. */
import type { IDataObject, INode } from 'n8n-workflow';

import type { DinteroClient } from '../../nodes/Dintero/transport/client';
import { DinteroClock, monotonic } from '../../nodes/Dintero/transport/clock';
import { apiError } from '../../nodes/Dintero/transport/failure';

const node: INode = {
	id: 'dintero',
	name: 'Dintero',
	type: 'n8n-nodes-dintero.dintero',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** More requests than this are a loop without end. */
const ENOUGH = 500;

/**
 * A status that refuses, an answer that never came, a connection never made, a sign-in that was refused, or an error
 * that is none of Dintero's.
 */
type Fail = number | 'lost' | 'notSent' | 'signIn' | 'bug';

const isUnknown = (fail: Fail): boolean =>
	fail === 'lost' || fail === 408 || (typeof fail === 'number' && fail >= 500);

/** An answer, or a failure. */
export type Scripted = IDataObject | IDataObject[] | { fail: Fail; message?: string };

export interface Sent {
	method: 'GET' | 'POST' | 'PATCH';
	path: string;
	body?: IDataObject;
	repeat?: string;
	/** How many time-outs long the answer is waited for, where that is said. */
	patience?: number;
}

/**
 * @param script by method and path ending, for example `'POST /activate'`: its answers in order, the last one for ever
 */
export function fakeDintero(script: Record<string, Scripted[]>) {
	const sent: Sent[] = [];
	const pauses: number[] = [];
	const left = new Map(Object.entries(script).map(([key, answers]) => [key, [...answers]]));

	/** Requests under way at once: now, and at most. */
	const atOnce = { now: 0, most: 0 };

	async function answer(request: Sent) {
		atOnce.most = Math.max(atOnce.most, ++atOnce.now);
		await new Promise(setImmediate);
		atOnce.now--;
		return respond(request);
	}
	function respond({ method, path, ...more }: Sent) {
		sent.push({ method, path, ...more });
		if (sent.length > ENOUGH) throw new Error('There is no end to it');
		const key = [...left.keys()].find((one) => {
			const [verb, end] = one.split(' ');
			return verb === method && path.endsWith(end);
		});
		const answers = left.get(key ?? '');
		if (!answers) throw new Error(`Nothing is scripted for ${method} ${path}`);
		const next = answers.length > 1 ? answers.shift()! : answers[0];
		if (!('fail' in next)) return next;
		const { fail, message } = next as { fail: Fail; message?: string };
		if (fail === 'bug') throw new Error('a mistake of our own');
		throw apiError(node, {
			outcome: fail === 'notSent' ? 'notSent' : isUnknown(fail) ? 'unknown' : 'refused',
			status: typeof fail === 'number' ? fail : undefined,
			sentAt: monotonic(),
			message: message ?? (typeof fail === 'number' ? 'refused by the script' : 'no answer'),
			signIn: fail === 'signIn',
		});
	}
	/** Dintero's time is this machine's. */
	const clock = new DinteroClock();
	clock.observe(new Date().toUTCString(), monotonic(), monotonic());
	const dintero = {
		node,
		clock,
		root: `${Math.random()}/`,
		get: async (path: string) => await answer({ method: 'GET', path }),
		getRecord: async (path: string) => await answer({ method: 'GET', path }),
		post: async (path: string, body: IDataObject, repeat: string, patience?: number) =>
			await answer({ method: 'POST', path, body, repeat, patience }),
		patch: async (path: string, body: IDataObject) =>
			await answer({ method: 'PATCH', path, body, repeat: 'unsafe' }),
		cardInfo: async (token: string, pin?: string) =>
			await answer({
				method: 'POST',
				path: 'wallets/info',
				repeat: 'safe',
				body: pin === undefined ? { token } : { token, pin },
			}),
		pause: async (milliseconds: number) => void pauses.push(milliseconds),
	} as unknown as DinteroClient;
	return { dintero, sent, pauses, atOnce };
}
