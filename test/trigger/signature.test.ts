import fc from 'fast-check';
import { newSecret, sign, whyNotSigned } from '../../nodes/Dintero/trigger/signature';

const bytes = fc.uint8Array({ maxLength: 400 });
const secret = fc.string({ minLength: 1, maxLength: 80, unit: 'binary' });

test('a signature fits its own body and secret, in either case', () => {
	fc.assert(
		fc.property(bytes, secret, (body, key) => {
			expect(whyNotSigned(body, sign(body, key), key)).toBeUndefined();
			expect(whyNotSigned(body, sign(body, key).toUpperCase(), key)).toBeUndefined();
		}),
	);
});

test('and no other body, secret or signature', () => {
	fc.assert(
		fc.property(bytes, secret, bytes, secret, fc.nat(), (body, key, otherBody, otherKey, place) => {
			const right = sign(body, key);
			if (Buffer.compare(body, otherBody) !== 0) {
				expect(whyNotSigned(otherBody, right, key)).toBeDefined();
			}
			if (key !== otherKey) expect(whyNotSigned(body, right, otherKey)).toBeDefined();
			const at = place % right.length;
			const digit = right[at] === '0' ? '1' : '0';
			expect(
				whyNotSigned(body, right.slice(0, at) + digit + right.slice(at + 1), key),
			).toBeDefined();
			expect(whyNotSigned(body, right.slice(0, at), key)).toBeDefined();
		}),
	);
});

test('one flipped bit of the body is enough', () => {
	fc.assert(
		fc.property(
			fc.uint8Array({ minLength: 1, maxLength: 400 }),
			secret,
			fc.nat(),
			(body, key, place) => {
				const right = sign(body, key);
				const changed = Uint8Array.from(body);
				changed[place % body.length] ^= 1 << (place % 8);
				expect(whyNotSigned(changed, right, key)).toBeDefined();
			},
		),
	);
});

test('nothing is accepted as a signature but 40 hexadecimal digits, and nothing throws', () => {
	fc.assert(
		fc.property(bytes, secret, fc.anything(), (body, key, signature) => {
			fc.pre(typeof signature !== 'string' || !/^[0-9a-f]{40}$/i.test(signature));
			expect(whyNotSigned(body, signature, key)).toEqual(expect.any(String));
		}),
	);
});

test('without a secret or a body nothing is right', () => {
	fc.assert(
		fc.property(bytes, (body) => {
			expect(whyNotSigned(body, sign(body, ''), '')).toBeDefined();
			expect(whyNotSigned(body, sign(body, ''), undefined)).toBeDefined();
			expect(whyNotSigned(undefined, sign(body, 'key'), 'key')).toBeDefined();
		}),
	);
});

test('each delivery that is refused is refused for the reason that holds', () => {
	const body = Buffer.from('{}');
	const right = sign(body, 'key');
	const why = (
		signature: unknown,
		key: string | undefined = 'key',
		of: Uint8Array | undefined = body,
	) => whyNotSigned(of, signature, key);
	expect(why(right)).toBeUndefined();
	expect(why(right, '')).toBe('no secret is stored for this subscription');
	expect(whyNotSigned(undefined, right, 'key')).toBe('the body could not be read as bytes');
	expect(why(undefined)).toBe('it carries no signature');
	expect(why('')).toBe('it carries no signature');
	// Node joins a header that is sent twice, or lists it.
	expect(why([right, right])).toBe('it carries more than one signature');
	expect(why([right])).toBe('it carries more than one signature');
	for (const odd of [`${right}0`, `0${right}`, right.slice(1), `${right.slice(1)}g`, ` ${right}`])
		expect(why(odd)).toBe('its signature is not 40 hexadecimal digits');
	expect(why(sign(body, 'other'))).toBe('its signature does not match its body');
});

test('the reason never holds the secret or the signature', () => {
	fc.assert(
		fc.property(
			bytes,
			fc.string({ minLength: 12, maxLength: 80 }),
			fc.string({ minLength: 12 }),
			(body, key, signature) => {
				const reason = whyNotSigned(body, signature, key) ?? '';
				expect(reason.includes(key) || reason.includes(signature)).toBe(false);
			},
		),
	);
});

test('fits the documented algorithm (HMAC-SHA1, RFC 2202 test case 2)', () => {
	expect(sign(Buffer.from('what do ya want for nothing?'), 'Jefe')).toBe(
		'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
	);
});

test('secrets are 32 random bytes and never the same', () => {
	const secrets = Array.from({ length: 100 }, newSecret);
	expect(secrets.every((one) => /^[0-9a-f]{64}$/.test(one))).toBe(true);
	expect(new Set(secrets).size).toBe(100);
});
