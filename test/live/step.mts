/** What a step of the live check is, and how steps read answers. */
import type { Json, Reply, Round } from './round.mts';

/** Each says beforehand what it does, and which questions of docs/dintero-unknowns.md it answers. */
export interface Step {
	/** What it does, as a sentence for the plan. */
	does: string;
	asks: string[];
	needs?: 'wallets' | 'webhooks' | 'checkout';
	run(round: Round, found: Findings): Promise<void>;
}

/** What earlier steps found and later ones use. */
export interface Findings {
	wallets: boolean;
	webhooks: boolean;
	checkout: boolean;
	/** The card most questions are asked with. */
	card?: { id: string; token: string; pin: string };
	subscription?: { id: string; secret: string };
}

export const inDays = (days: number) =>
	new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19) + 'Z';

export const record = (value: unknown) => (value ?? {}) as Json;
export const ok = ({ status }: Reply) => status >= 200 && status < 300;
export const card = (id: string) => `wallets/cards/${encodeURIComponent(id)}`;
/** The list that a value has as a member; empty when it has none. */
export const listIn = (holder: unknown, key: string): Json[] => {
	const list = record(holder)[key];
	return Array.isArray(list) ? (list as Json[]) : [];
};
export const listed = ({ body }: Reply, key: string): Json[] =>
	Array.isArray(body) ? (body as Json[]) : listIn(body, key);
