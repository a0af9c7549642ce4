/** A Dintero that answers from a script: for answers the sandbox never gives, because nobody says Dintero does. */
import type { IDataObject, INode } from 'n8n-workflow';

import type { Dintero } from '../../nodes/Dintero/transport/client';
import { apiError } from '../../nodes/Dintero/transport/failure';

const node: INode = {
	id: 'dintero',
	name: 'Dintero',
	type: 'n8n-nodes-dintero.dintero',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** An answer, or a failure: a status that refuses, or `lost` for an answer that never came. */
export type Scripted = IDataObject | IDataObject[] | { fail: number | 'lost' | 'notSent' };

export interface Sent {
	method: 'GET' | 'POST';
	path: string;
	body?: IDataObject;
}

/**
 * @param script by method and path ending, for example `'POST /activate'`: its answers in order, the last one for ever
 */
export function fakeDintero(script: Record<string, Scripted[]>) {
	const sent: Sent[] = [];
	const pauses: number[] = [];
	const left = new Map(Object.entries(script).map(([key, answers]) => [key, [...answers]]));

	async function answer(method: Sent['method'], path: string, body?: IDataObject) {
		sent.push({ method, path, body });
		const key = [...left.keys()].find((one) => {
			const [verb, end] = one.split(' ');
			return verb === method && path.endsWith(end);
		});
		const answers = left.get(key ?? '');
		if (!answers) throw new Error(`Nothing is scripted for ${method} ${path}`);
		const next = answers.length > 1 ? answers.shift()! : answers[0];
		if (!('fail' in next)) return next;
		const { fail } = next as { fail: number | 'lost' | 'notSent' };
		throw apiError(node, {
			outcome: fail === 'notSent' ? 'notSent' : fail === 'lost' ? 'unknown' : 'refused',
			status: typeof fail === 'number' ? fail : undefined,
			message: typeof fail === 'number' ? 'refused by the script' : 'no answer',
			signIn: false,
		});
	}
	const dintero = {
		node,
		get: async (path: string) => await answer('GET', path),
		post: async (path: string, body: IDataObject) => await answer('POST', path, body),
		pause: async (milliseconds: number) => void pauses.push(milliseconds),
	} as unknown as Dintero;
	return { dintero, sent, pauses };
}
