/**
 * A fake mail server: accepts e-mails over SMTP, without sign-in or encryption, stores them, and shows them on a web
 * page as a mail program would.
 */
import fastify from 'fastify';
import net from 'node:net';

export interface Email {
	to: string[];
	/** Decoded subject. */
	subject: string;
	from: string;
	/** Decoded text part. */
	text: string;
	/** Decoded HTML part; empty without one. */
	html: string;
	/** File names of the attachments, including those embedded in the HTML part. */
	attachments: string[];
	files: Attachment[];
}

export interface Attachment {
	fileName: string;
	type: string;
	/** The ID by which the HTML part refers to it (`cid:…`). */
	contentId?: string;
	content: Buffer;
}

export interface Mailbox {
	/** The URL of the web page with the e-mails. */
	url: string;
	/** The data of n8n's SMTP credential. */
	credential: Record<string, unknown>;
	emails: Email[];
	/** While set, every recipient is refused. */
	refusing: boolean;
	stop(): Promise<void>;
}

/** @param pagePort the web page's port; any free one if omitted */
export async function startMailbox(pagePort = 0): Promise<Mailbox> {
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
	const page = mailboxPage(mailbox.emails);
	mailbox.url = await page.listen({ host: '127.0.0.1', port: pagePort });
	mailbox.stop = async () => {
		await page.close();
		for (const socket of sockets) socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	};
	return mailbox;
}

function mailboxPage(emails: Email[]) {
	const app = fastify({ forceCloseConnections: true });
	app.get('/', async (_request, reply) => {
		const list = emails
			.map(
				({ to, from, subject }, index) =>
					`<li><a href="/${index}">${escapeHtml(subject)}</a><br>to ${escapeHtml(to.join(', '))}, from ${escapeHtml(from)}</li>`,
			)
			.reverse()
			.join('\n');
		return reply.type('text/html; charset=utf-8').send(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="3"><title>Mailbox</title>
<style>
	:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
	body { max-width: 44rem; margin: 3rem auto; padding: 0 1rem }
	ul { list-style: none; padding: 0 } li { padding: .75rem 0; border-top: 1px solid #8884 }
</style>
<h1>Mailbox</h1>
<p>A fake mail server: the e-mails n8n has sent. None has left this machine.</p>
<ul>${list || '<li>No e-mail yet.</li>'}</ul></html>`);
	});
	app.get<{ Params: { index: string } }>('/:index', async (request, reply) => {
		const email = emails[Number(request.params.index)];
		if (!email) return reply.code(404).send('No such e-mail');
		return reply.type('text/html; charset=utf-8').send(shownHtml(email));
	});
	return app;
}

/** The HTML part with its embedded images, as a mail program shows it; the text part if there is none. */
export function shownHtml({ html, text, files }: Email): string {
	if (!html) return `<!doctype html><meta charset="utf-8"><pre>${escapeHtml(text)}</pre>`;
	return files.reduce(
		(page, { contentId, type, content }) =>
			page.replaceAll(`cid:${contentId}`, `data:${type};base64,${content.toString('base64')}`),
		html,
	);
}

const escapeHtml = (text: string) =>
	text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** Parses the subset of MIME that nodemailer writes. */
function parseEmail(to: string[], source: string): Email {
	const [head] = halves(source);
	const decoded = (name: string) =>
		header(head, name)
			.replaceAll(/=\?utf-8\?([qb])\?([^?]*)\?=\s*/gi, decodeWord)
			.trim();
	const parts = leaves(source).map((part) => ({ head: halves(part)[0], part }));
	const body = (type: RegExp) => {
		const found = parts.find((one) => type.test(header(one.head, 'content-type')));
		return found ? decodePart(found.part).toString('utf8') : '';
	};
	const files = parts.flatMap(({ head: own, part }) => {
		const fileName = /filename="?([^";\r\n]+)/i.exec(own)?.[1];
		if (!fileName) return [];
		const type = header(own, 'content-type').split(';')[0].trim();
		const contentId = /<(.*)>/.exec(header(own, 'content-id'))?.[1];
		return [{ fileName, type, contentId, content: decodePart(part) }];
	});
	return {
		to,
		from: decoded('from'),
		subject: decoded('subject'),
		text: body(/text\/plain/i),
		html: body(/text\/html/i),
		attachments: files.map(({ fileName }) => fileName),
		files,
	};
}

/** The leaf parts of a message with nested parts. */
function leaves(source: string): string[] {
	const [head, body] = halves(source);
	const boundary = /boundary="?([^";\r\n]+)/i.exec(header(head, 'content-type'))?.[1];
	if (!boundary) return [source];
	return body
		.split(`--${boundary}`)
		.slice(1, -1)
		.flatMap((part) => leaves(part.replace(/^\r\n/, '')));
}

function halves(source: string): [string, string] {
	const at = source.indexOf('\r\n\r\n');
	if (at < 0) return [source, ''];
	const head = source.slice(0, at).replaceAll(/\r\n[ \t]+/g, ' ');
	return [head, source.slice(at + 4)];
}

const header = (head: string, name: string): string =>
	new RegExp(`^${name}:(.*)$`, 'im').exec(head)?.[1] ?? '';

const decodeWord = (_word: string, kind: string, text: string): string =>
	kind.toLowerCase() === 'b'
		? Buffer.from(text, 'base64').toString('utf8')
		: quotedPrintable(text.replaceAll('_', ' '));

function decodePart(part: string): Buffer {
	const [head, body] = halves(part);
	const encoding = header(head, 'content-transfer-encoding').trim().toLowerCase();
	if (encoding === 'base64') return Buffer.from(body, 'base64');
	if (encoding === 'quoted-printable')
		return Buffer.from(quotedPrintable(body.replaceAll('=\r\n', '')), 'utf8');
	return Buffer.from(body, 'latin1');
}

const quotedPrintable = (text: string): string =>
	Buffer.from(
		text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) =>
			String.fromCharCode(Number.parseInt(hex, 16)),
		),
		'latin1',
	).toString('utf8');
