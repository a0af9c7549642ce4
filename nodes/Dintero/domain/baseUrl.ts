import { InvalidInput, show } from './invalidInput';
import { INVISIBLE, isNothing } from './nothing';

/** The base URL of Dintero's API; test (T…) and production (P…) accounts use the same host. */
export const DINTERO_API = 'https://api.dintero.com/v1';

const FIELD = 'API Base URL';

/**
 * The API's base URL, without a final slash. An empty field means Dintero's own.
 * @throws InvalidInput for a value that is not a URL, for another page of Dintero's, and for a URL that would send
 *   the client secret unencrypted over a public network
 */
export function parseBaseUrl(value: unknown): string {
	if (isNothing(value)) return DINTERO_API;
	const text = typeof value === 'string' ? withoutInvisible(value) : '';
	const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
	if (!url || url.search !== '' || url.hash !== '' || url.username + url.password !== '')
		throw new InvalidInput(
			FIELD,
			`${show(value)} is not the address of an API.`,
			`Use ${DINTERO_API}, or the address that the sandbox shows.`,
		);
	if (/(?:^|\.)dintero\.com\.?$/i.test(url.hostname)) return dinteroUrl(url, value);
	if (url.protocol === 'http:' && !isPrivate(url.hostname))
		throw new InvalidInput(
			FIELD,
			`${show(value)} would send the client secret unencrypted.`,
			'Start the address with https://. Only this computer and private addresses work without encryption.',
		);
	return text.replace(/\/+$/, '');
}

function dinteroUrl(url: URL, value: unknown): string {
	const path = url.pathname.replace(/\/+$/, '');
	const refuse = (problem: string) =>
		new InvalidInput(FIELD, `${show(value)} ${problem}`, `Use ${DINTERO_API}.`);
	if (url.hostname.toLowerCase() !== 'api.dintero.com')
		throw refuse("is a page of Dintero's, not its API.");
	if (url.port !== '') throw refuse('names a port, but the API uses none.');
	if (url.protocol !== 'https:') throw refuse('would send the client secret unencrypted.');
	if (path === '') throw refuse('does not end with /v1.');
	if (path !== '/v1') throw refuse("is more than the API's base, which ends with /v1.");
	return DINTERO_API;
}

/** Whether a host is this computer, in a private network, or a name without public DNS. */
function isPrivate(hostname: string): boolean {
	const host = hostname.toLowerCase().replace(/[[\]]/g, '');
	if (/^[\d.]+$/.test(host))
		return /^(?:127|10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\./.test(host);
	if (host.includes(':'))
		return /^(?:::1$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::ffff:(?:7f[0-9a-f]{2}|a[0-9a-f]{2}|c0a8|ac1[0-9a-f]):)/.test(
			host,
		);
	return !host.includes('.') || /\.(?:local|localhost|internal|home\.arpa|lan|test)$/.test(host);
}

/** Removes invisible characters, which pasted text may contain, and outer spaces. */
export function withoutInvisible(text: string): string {
	return text.replace(INVISIBLE, '').trim();
}
