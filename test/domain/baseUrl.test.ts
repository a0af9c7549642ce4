import { parseBaseUrl, withoutInvisible } from '../../nodes/Dintero/domain/baseUrl';
import { expectRefusal } from '../support/refusal.mts';

const DINTERO = 'https://api.dintero.com/v1';

test.each([
	['', DINTERO],
	[' ', DINTERO],
	[undefined, DINTERO],
	['https://api.dintero.com/v1', DINTERO],
	[' https://api.dintero.com/v1/ ', DINTERO],
	['https://API.dintero.com/v1\u200b', DINTERO],
	['http://127.0.0.1:4010/v1', 'http://127.0.0.1:4010/v1'],
	['http://localhost:4010/v1/', 'http://localhost:4010/v1'],
	['http://[::1]:4010/v1', 'http://[::1]:4010/v1'],
	['http://192.168.1.20:4010/v1', 'http://192.168.1.20:4010/v1'],
	['http://10.0.0.5/v1', 'http://10.0.0.5/v1'],
	['http://172.20.0.3/v1', 'http://172.20.0.3/v1'],
	['http://sandbox:4010/v1', 'http://sandbox:4010/v1'],
	['http://host.docker.internal:4010/v1', 'http://host.docker.internal:4010/v1'],
	['http://[fd00::1]/v1', 'http://[fd00::1]/v1'],
	['http://[fe80::1]/v1', 'http://[fe80::1]/v1'],
	['http://172.16.0.1/v1', 'http://172.16.0.1/v1'],
	['http://169.254.1.1/v1', 'http://169.254.1.1/v1'],
	['http://[::ffff:127.0.0.1]/v1', 'http://[::ffff:127.0.0.1]/v1'],
	['http://[::ffff:10.0.0.5]/v1', 'http://[::ffff:10.0.0.5]/v1'],
	['http://[::ffff:172.16.0.1]/v1', 'http://[::ffff:172.16.0.1]/v1'],
	['http://sandbox1/v1', 'http://sandbox1/v1'],
	['http://10.lan/v1', 'http://10.lan/v1'],
	['HTTP://LOCALHOST:4010/v1//', 'HTTP://LOCALHOST:4010/v1'],
	['https://api.dintero.com/v1//', DINTERO],
	['https://dintero.example.com/v1', 'https://dintero.example.com/v1'],
	['https://dintero.com.example.com/v1', 'https://dintero.com.example.com/v1'],
])('%p is %s', (value, url) => expect(parseBaseUrl(value)).toBe(url));

test.each<[unknown, RegExp]>([
	['https://api.dintero.com', /does not end with \/v1/],
	['https://api.dintero.com/', /does not end with \/v1/],
	['https://api.dintero.com/v2', /more than the API's base/],
	['https://api.dintero.com/v1/accounts/T12345678', /more than the API's base/],
	['http://api.dintero.com/v1', /unencrypted/],
	['https://docs.dintero.com/docs/wallets', /a page of Dintero's, not its API/],
	['https://backoffice.dintero.com/v1', /a page of Dintero's, not its API/],
	['https://dintero.com/v1', /a page of Dintero's, not its API/],
	['http://dintero.example.com/v1', /unencrypted/],
	['http://8.8.8.8/v1', /unencrypted/],
	['http://172.32.0.1/v1', /unencrypted/],
	['http://172.15.0.1/v1', /unencrypted/],
	['http://8.127.0.1/v1', /unencrypted/],
	['http://127.0.0.1.example.com/v1', /unencrypted/],
	['http://pc.local.example.com/v1', /unencrypted/],
	['http://[2001:db8::fd00]/v1', /unencrypted/],
	['http://[::1f]/v1', /unencrypted/],
	['http://[fec0::1]/v1', /unencrypted/],
	['http://[::ffff:8.8.8.8]/v1', /unencrypted/],
	['http://[::ffff:160.0.0.1]/v1', /unencrypted/],
	['http://[fc::1]/v1', /unencrypted/],
	['http://[fe8::1]/v1', /unencrypted/],
	['http://[::ffff:172.32.0.1]/v1', /unencrypted/],
	['https://api.dintero.com:8443/v1', /names a port, but the API uses none/],
	['https://api.dintero.com./v1', /a page of Dintero's, not its API/],
	['https://:secret@example.com/v1', /not the address of an API/],
	['xhttps://example.com/v1', /not the address of an API/],
	['api.dintero.com/v1', /not the address of an API/],
	['ftp://api.dintero.com/v1', /not the address of an API/],
	['https://', /not the address of an API/],
	['https://user:secret@example.com/v1', /not the address of an API/],
	['https://example.com/v1?key=1', /not the address of an API/],
	['https://example.com/v1#top', /not the address of an API/],
	[7, /not the address of an API/],
	[{}, /not the address of an API/],
])('%p is refused', (value, why) => {
	expect(() => parseBaseUrl(value)).toThrow(/^API Base URL: /);
	expect(() => parseBaseUrl(value)).toThrow(why);
});

test.each<[string, RegExp, RegExp]>([
	['dintero.com', /'dintero\.com'/, /https:\/\/api\.dintero\.com\/v1.*sandbox/],
	[
		'https://api.dintero.com/v2',
		/'https:\/\/api\.dintero\.com\/v2'/,
		/https:\/\/api\.dintero\.com\/v1/,
	],
	['http://8.8.8.8/v1', /'http:\/\/8\.8\.8\.8\/v1'/, /https:\/\//],
])(
	'what to write instead of %s is said',
	(value, problem, wayOut) =>
		void expectRefusal(() => parseBaseUrl(value), 'API Base URL', problem, wayOut),
);

test('what nobody sees is removed from a secret, and nothing else', () => {
	expect(withoutInvisible(' \u200bå\u0308 b\ufe0f\u3164\ufeff\u00a0\n')).toBe('å\u0308 b');
});
