import { createHmac, randomBytes, timingSafeEqual } from 'crypto';

/** HMAC-SHA1 (Dintero's only signature type) in hexadecimal. */
const HEX = /^[0-9a-f]{40}$/i;

/** A secret for one subscription: 32 random bytes as hexadecimal. */
export function newSecret(): string {
	return randomBytes(32).toString('hex');
}

/** The `event-signature` that Dintero sends: HMAC-SHA1 of the body's bytes, with the secret's text as the key. */
export function sign(body: Uint8Array, secret: string): string {
	return createHmac('sha1', secret).update(body).digest('hex');
}

/**
 * Why a delivery is not genuine, or `undefined` when its signature is valid.
 *
 * Compares the digest's bytes in constant time. Upper-case hexadecimal is accepted too: Dintero's guides show lower
 * case but don't promise it. Everything else is refused, also when no secret is stored.
 * @param body the bytes exactly as received; not a parsed body serialized again
 * @param signature the `event-signature` header as Node gives it
 * @param secret the subscription's secret
 * @returns a phrase for the log, without the secret and the signature
 */
export function whyNotSigned(
	body: Uint8Array | undefined,
	signature: unknown,
	secret: string | undefined,
): string | undefined {
	if (!secret) return 'no secret is stored for this subscription';
	if (body === undefined) return 'the body could not be read as bytes';
	if (signature === undefined || signature === '') return 'it carries no signature';
	if (typeof signature !== 'string') return 'it carries more than one signature';
	if (!HEX.test(signature)) return 'its signature is not 40 hexadecimal digits';
	const given = Buffer.from(signature, 'hex');
	const expected = Buffer.from(sign(body, secret), 'hex');
	return timingSafeEqual(given, expected) ? undefined : 'its signature does not match its body';
}
