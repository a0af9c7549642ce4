/** An account's wallet settings: the days after which a card without an explicit expiry expires. */
import { notFound } from './errors.mts';
import type { SettingsRow } from './store.mts';
import { Answer, compact, timestamp } from './context.mts';
import type { Operation, SandboxContext } from './context.mts';

const DAY = 24 * 3600 * 1000;

const find = (context: SandboxContext, account: string) =>
	context.store.get<SettingsRow>('SELECT * FROM settings WHERE account = ?', account);

/** The expiry of a card created or activated now without `expires_at`; null means never. */
export function defaultExpiry(context: SandboxContext, account: string): number | null {
	const days = find(context, account)?.expires_in_days;
	return days ? context.clock.now() + days * DAY : null;
}

function view(context: SandboxContext, row: SettingsRow | undefined): object {
	if (!row) return {};
	return compact({
		default_card_expires_in_days: row.expires_in_days,
		created_at: timestamp(context, row.created_at),
		created_by: row.created_by,
		updated_at: timestamp(context, row.updated_at),
		updated_by: row.updated_by,
	});
}

function refuseUnserved({ switches }: SandboxContext): void {
	if (switches.walletSettings === 404) throw notFound('Route');
}

export const readSettings: Operation = (context, call) => {
	refuseUnserved(context);
	return view(context, find(context, call.accountId));
};

export const changeSettings: Operation = (context, call) => {
	refuseUnserved(context);
	const { default_card_expires_in_days: days } = call.body as {
		default_card_expires_in_days?: number;
	};
	const now = context.clock.now();
	context.store.run(
		`INSERT INTO settings VALUES (?1, ?2, ?3, ?4, ?3, ?4)
		ON CONFLICT (account) DO UPDATE SET expires_in_days = ?2, updated_at = ?3, updated_by = ?4`,
		call.accountId,
		days ?? null,
		now,
		call.client.clientId,
	);
	if (context.switches.walletSettingsPatch === 204) return new Answer(204);
	return view(context, find(context, call.accountId));
};
