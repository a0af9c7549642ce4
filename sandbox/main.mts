/** Runs the sandbox on its own: `npm run sandbox`, or `node sandbox/main.mts --help`. */
import { parseArgs } from 'node:util';
import { startSandbox, type Sandbox, type Switches } from './sandbox.mts';

const { values } = parseArgs({
	options: {
		port: { type: 'string', default: '8787' },
		host: { type: 'string', default: '127.0.0.1' },
		delay: { type: 'string', default: '0' },
		seed: { type: 'string', default: '1' },
		file: { type: 'string' },
		set: { type: 'string', multiple: true, default: [] },
		log: { type: 'boolean', default: false },
		lean: { type: 'boolean', default: false },
		json: { type: 'boolean', default: false },
		help: { type: 'boolean', default: false },
	},
});

const help = `A local, stateful sandbox of the Dintero API.

  --port 8787      0 takes a free one
  --host 127.0.0.1
  --delay 20       milliseconds every API request waits
  --seed 1         decides every draw of chance
  --file PATH      keeps the books in this SQLite file
  --set NAME=JSON  turns a switch, e.g. --set duplicateCard=409 (again for more; see sandbox/README.md)
  --log            prints a line per request
  --lean           does not hold its own answers against the contract (for benchmarks)
  --json           prints address and credentials as one line of JSON
`;

function switchesFrom(settings: string[]): Partial<Switches> {
	const entries = settings.map((setting) => {
		const [name, ...rest] = setting.split('=');
		const text = rest.join('=');
		try {
			return [name, JSON.parse(text) as unknown];
		} catch {
			return [name, text]; // a bare word
		}
	});
	return Object.fromEntries(entries) as Partial<Switches>;
}

function describe(sandbox: Sandbox): string {
	const { accountId, clientId, clientSecret } = sandbox.account;
	if (values.json) {
		const { url, apiUrl } = sandbox;
		return JSON.stringify({ url, apiUrl, accountId, clientId, clientSecret });
	}
	return `
  Dintero sandbox: ${sandbox.url}  (open it in a browser to pay with a gift card)

  For the Dintero credential in n8n:
    API base URL    ${sandbox.apiUrl}
    Account ID      ${accountId}
    Client ID       ${clientId}
    Client secret   ${clientSecret}

  Ctrl+C ends it.
`;
}

if (values.help) {
	console.log(help);
} else {
	const sandbox = await startSandbox({
		port: Number(values.port),
		host: values.host,
		delayMs: Number(values.delay),
		seed: Number(values.seed),
		file: values.file,
		switches: switchesFrom(values.set),
		logRequests: values.log,
		checkAnswers: !values.lean,
	});
	let stopping = false;
	for (const signal of ['SIGINT', 'SIGTERM'] as const) {
		process.on(signal, () => {
			if (stopping) process.exit(1);
			stopping = true;
			void sandbox.stop();
		});
	}
	console.log(describe(sandbox));
}
