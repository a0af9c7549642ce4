import { createHmac, randomBytes, timingSafeEqual } from 'crypto';

/** HMAC-SHA1 (Dintero's only signature) as lower-case hexadecimal. */
const HEX = /^[0-9a-f]{40}$/i;

/** A secret for one subscription: 32 random bytes as hexadecimal. */
export function newSecret(): string {
	return randomBytes(32).toString('hex');
}

/** What Dintero puts into `event-signature`: HMAC-SHA1 over the bytes of the body, keyed with the secret's text. */
export function sign(body: Uint8Array, secret: string): string {
	return createHmac('sha1', secret).update(body).digest('hex');
}

/**
 * Why a delivery can't be believed, or `undefined` when its signature is right.
 *
 * The bytes of the digest are compared in constant time, so upper-case hexadecimal of the right bytes is right too:
 * Dintero's guides show lower case but don't promise it. Everything else, also a missing secret, is refused.
 * @param body the bytes exactly as received; not the parsed body written out again
 * @param signature the `event-signature` header as Node gives it
 * @returns a sentence for the log; it holds neither the secret nor the signature
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
