import { secondsUntil } from '../domain/dates';
import { optionalNumber } from './number';

/** How long a card token works. Every operation that makes a token uses this field and this default. */
export const tokenLifetimeDays = optionalNumber({
	name: 'tokenLifetimeDays',
	displayName: 'Card Token Lifetime (Days)',
	default: 365,
	least: 0.001,
	most: 36_500,
	whole: false,
	description:
		'How long the card token works. When not set, as long as the card, or ten years if the card does not expire. Parts of a day are possible: 0.5 means twelve hours.',
});

/** In seconds. Dintero does not document its default lifetime, so one is always sent. */
const TEN_YEARS = 10 * 365 * 24 * 3600;

/**
 * @param days *Card Token Lifetime (Days)*
 * @param expiresAt when the card expires, if known
 * @returns seconds
 */
export function tokenLifetime(days: number | undefined, expiresAt?: string): number {
	if (days !== undefined) return Math.max(1, Math.floor(days * 24 * 3600));
	return expiresAt === undefined ? TEN_YEARS : secondsUntil(expiresAt, Date.now());
}
