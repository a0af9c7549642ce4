import type { IHookFunctions, ITriggerFunctions } from 'n8n-workflow';

import { operationError } from '../transport/operationError';
import { DINTERO_API, accountOf } from '../transport/signIn';

/** What to do when Dintero can't reach n8n. */
export const REACHABLE =
	'n8n must be reachable from the internet by HTTPS. Start n8n with WEBHOOK_URL (or N8N_WEBHOOK_URL) set to its public address. To try things out, use a tunnel.';

/**
 * Domain suffixes that public DNS does not resolve (RFC 6761, 6762, 8375, and common choices of routers and clouds).
 */
const PRIVATE_NAMES =
	/(^|\.)(local|localhost|localdomain|internal|intranet|private|corp|home|lan|test|example|invalid|onion|home\.arpa)$/;

/**
 * Why Dintero can't deliver to an address, or `undefined` when it can.
 * @param url n8n's webhook URL
 */
export function whyNotPublic(url: string): string | undefined {
	const { protocol, hostname } = new URL(url);
	const host = hostname.replace(/\.$/, '').toLowerCase();
	if (host.startsWith('[')) {
		const address = host.slice(1, -1);
		const within = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
		if (within) {
			const [high, low] = [within[1], within[2]].map((part) => parseInt(part, 16));
			if (isPrivate([high >> 8, high & 255, low >> 8, low & 255])) return 'is a private address';
		} else if (/^(::1?$|f[cd]|fe[89ab]|ff)/.test(address)) return 'is a private address';
	} else if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
		if (isPrivate(host.split('.').map(Number))) return 'is a private address';
	} else if (!host.includes('.') || PRIVATE_NAMES.test(host)) {
		return 'is a name that only works inside a private network';
	}
	return protocol === 'https:' ? undefined : 'is not HTTPS';
}

/** IPv4 ranges that are not routed on the public internet (RFC 6890). */
function isPrivate([a, b]: number[]): boolean {
	return (
		a === 0 ||
		a === 10 ||
		a === 127 ||
		(a === 100 && b >= 64 && b < 128) ||
		(a === 169 && b === 254) ||
		(a === 172 && b >= 16 && b < 32) ||
		(a === 192 && b === 168) ||
		a >= 224
	);
}

/**
 * Throws for an address that Dintero can't deliver to, with more help than Dintero's own error gives. Checks only
 * when the credential points at Dintero's own API: a sandbox runs on the same machine or network.
 * @throws NodeOperationError
 */
export async function refuseUnreachable(
	context: IHookFunctions | ITriggerFunctions,
	url: string,
): Promise<void> {
	const why = whyNotPublic(url);
	if (why === undefined) return;
	const { baseUrl } = accountOf(await context.getCredentials('dinteroApi'));
	if (new URL(baseUrl).hostname !== new URL(DINTERO_API).hostname) return;
	throw operationError(
		context.getNode(),
		`Dintero can't reach ${url}: '${new URL(url).hostname}' ${why}`,
		REACHABLE,
	);
}
