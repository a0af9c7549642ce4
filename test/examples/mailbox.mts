/** A stand-in for a mail server: takes e-mails over SMTP, without sign-in or encryption, and keeps them. */
import net from 'node:net';

export interface Email {
	to: string[];
	/** Decoded subject. */
	subject: string;
	/** Decoded text part. */
	text: string;
	/** File names of the attachments. */
	attachments: string[];
}

export interface Mailbox {
	/** What n8n's SMTP credential holds. */
	credential: Record<string, unknown>;
	emails: Email[];
	/** While set, every recipient is refused. */
	refusing: boolean;
	stop(): Promise<void>;
}

export async function startMailbox(): Promise<Mailbox> {
	const mailbox = { emails: [] as Email[], refusing: false } as Mailbox;
	const sockets = new Set<net.Socket>();
	const server = net.createServer((socket) => {
		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		socket.on('error', () => {});
		socket.setEncoding('latin1');
		let pending = '';
		let to: string[] = [];
		let data: string[] | undefined;
		const say = (line: string) => socket.write(`${line}\r\n`);
		const command = (line: string): void => {
			if (data) {
				if (line !== '.') return void data.push(line.replace(/^\.\./, '.'));
				mailbox.emails.push(parseEmail(to, data.join('\r\n')));
				data = undefined;
				to = [];
				return void say('250 kept');
			}
			const verb = line.slice(0, 4).toUpperCase();
			if (verb === 'RCPT') {
				if (mailbox.refusing) return void say('550 no such mailbox');
				to.push(/<([^>]*)>/.exec(line)?.[1] ?? '');
			}
			if (verb === 'DATA') {
				data = [];
				return void say('354 go on');
			}
			say(verb === 'QUIT' ? '221 bye' : '250 ok');
			if (verb === 'QUIT') socket.end();
		};
		say('220 mailbox');
		socket.on('data', (chunk: string) => {
			const lines = (pending + chunk).split('\r\n');
			pending = lines.pop() ?? '';
			lines.forEach(command);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as net.AddressInfo;
	const credential = { host: '127.0.0.1', port, secure: false, disableStartTls: true };
	mailbox.credential = { ...credential, user: '', password: '', hostName: '' };
	mailbox.stop = async () => {
		for (const socket of sockets) socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	};
	return mailbox;
}

/** As much of MIME as nodemailer writes. */
function parseEmail(to: string[], source: string): Email {
	const [head, body] = halves(source);
	const subject = header(head, 'subject').replaceAll(
		/=\?utf-8\?([qb])\?([^?]*)\?=\s*/gi,
		decodeWord,
	);
	const boundary = /boundary="?([^";\r\n]+)/i.exec(header(head, 'content-type'))?.[1];
	const parts = boundary ? body.split(`--${boundary}`).slice(1, -1) : [source];
	const text = parts.find((part) => /content-type: text\/plain/i.test(halves(part)[0])) ?? '';
	const attachments = parts.flatMap((part) => {
		const name = /filename="?([^";\r\n]+)/i.exec(halves(part)[0])?.[1];
		return name ? [name] : [];
	});
	return { to, subject: subject.trim(), text: decodePart(text), attachments };
}

function halves(source: string): [string, string] {
	const at = source.indexOf('\r\n\r\n');
	const head = source.slice(0, at).replaceAll(/\r\n[ \t]+/g, ' ');
	return [head, source.slice(at + 4)];
}

const header = (head: string, name: string): string =>
	new RegExp(`^${name}:(.*)$`, 'im').exec(head)?.[1] ?? '';

const decodeWord = (_word: string, kind: string, text: string): string =>
	kind.toLowerCase() === 'b'
		? Buffer.from(text, 'base64').toString('utf8')
		: quotedPrintable(text.replaceAll('_', ' '));

function decodePart(part: string): string {
	const [head, body] = halves(part.replace(/^\r\n/, ''));
	const encoding = header(head, 'content-transfer-encoding').trim().toLowerCase();
	if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
	if (encoding === 'quoted-printable') return quotedPrintable(body.replaceAll('=\r\n', ''));
	return body;
}

const quotedPrintable = (text: string): string =>
	Buffer.from(
		text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) =>
			String.fromCharCode(Number.parseInt(hex, 16)),
		),
		'latin1',
	).toString('utf8');
