import type { IDataObject } from 'n8n-workflow';

import { attempt } from '../transport/attempt';
import type { DinteroClient } from '../transport/client';
import { failureOf, reword } from '../transport/failure';
import { operationError } from '../transport/operationError';
import { backoff } from '../transport/retry';

/** The wallet settings of the account (Dintero's wallet changes of 2026-11-30). */
const PATH = 'wallets/settings';

const TRIES = 4;

/** After how many days a card without an expiry of its own expires; 0, or a missing member, means never. */
export const defaultExpiryDays = ({ default_card_expires_in_days: days }: IDataObject): number =>
	Number(days ?? 0);

/** @returns Dintero's settings; members that were never set are missing @throws NodeApiError */
export async function getWalletSettings(dintero: DinteroClient): Promise<IDataObject> {
	const { answer, problem } = await attempt(dintero.get(PATH));
	if (problem === undefined) return answer as IDataObject;
	throw explained(problem);
}

/**
 * Sets the default expiry. Dintero does not document its answer, so the node reads the settings afterwards. Setting the
 * same value again changes nothing, so a lost answer does no harm.
 * @param days 0 for no expiry
 * @returns the settings afterwards
 * @throws NodeApiError, NodeOperationError when they are not what was set
 */
export async function setDefaultExpiry(dintero: DinteroClient, days: number): Promise<IDataObject> {
	for (let tries = 1; ; tries++) {
		const { problem } = await attempt(dintero.patch(PATH, { default_card_expires_in_days: days }));
		if (problem !== undefined && failureOf(problem)?.outcome !== 'unknown')
			throw explained(problem);
		const read = await attempt(getWalletSettings(dintero));
		if (read.answer && defaultExpiryDays(read.answer) === days) return read.answer;
		if (read.problem !== undefined || tries >= TRIES)
			throw operationError(
				dintero.node,
				'Dintero does not show whether the default expiry was changed',
				`Look at it with 'Get'. Setting it again is safe. ${sentenceOf(problem ?? read.problem)}`.trim(),
			);
		await dintero.pause(backoff(tries, Math.random()));
	}
}

const sentenceOf = (problem: unknown): string =>
	problem instanceof Error ? `${problem.message}.` : '';

function explained(problem: unknown): unknown {
	if (failureOf(problem)?.status !== 404) return problem;
	return reword(
		problem,
		'Dintero offers no wallet settings in this account yet',
		"They come with Dintero's wallet changes of 2026-11-30. Until then a card without 'Expires At' does not expire.",
	);
}
