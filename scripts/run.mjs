/**
 * Runs a command of this project on a machine that has only Node 20 (or newer) and npm:
 *
 *   node scripts/run.mjs [--with-n8n] [--with-chromium] COMMAND [ARGUMENTS]
 *
 * Installs what the command needs into this folder (nowhere else), prints its progress, and then runs COMMAND with
 * Node 24, because n8n refuses older versions. What is installed and matches its lock file is not installed again.
 * Has no dependencies: it must run before any are installed.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** @param {string} text */
const say = (text) => console.error(`› ${text}`);

/**
 * Runs one installation step; prints a line every ten seconds, and the step's own output only if it fails.
 * @param {string} what shown in the terminal, for example "the development tools"
 * @param {string[]} args for npm
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 */
async function npmStep(what, args, cwd, env) {
	const started = Date.now();
	const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
	say(`Installing ${what}…`);
	const child = spawn(npm, [...args, '--no-audit', '--no-fund', '--loglevel=error'], { cwd, env, shell: process.platform === 'win32' });
	let output = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
	const ticker = setInterval(() => say(`  still installing ${what} (${seconds()})`), 10_000);
	const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
	clearInterval(ticker);
	if (code !== 0) {
		console.error(output.slice(-6000));
		throw new Error(`Installing ${what} failed: npm ${args.join(' ')} ended with status ${code} in ${cwd}`);
	}
	say(`  done in ${seconds()}`);
}

/**
 * Installs what a folder's lock file says, unless that exact lock file is installed already. Not with `npm ci`:
 * it refuses a lock file that leaves out an optional binary for some other platform, as registries that carry only
 * some of them make npm write it.
 * @param {string} what
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} env
 * @param {string[][]} [further] npm commands to run after it
 */
async function installLocked(what, cwd, env, further = []) {
	const stamp = path.join(cwd, 'node_modules', '.installed-lock');
	const lock = createHash('sha256').update(readFileSync(path.join(cwd, 'package-lock.json'))).digest('hex');
	if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
	await npmStep(what, ['install', '--no-save', '--ignore-scripts'], cwd, env);
	for (const args of further) await npmStep(`${what} (${args.join(' ')})`, args, cwd, env);
	writeFileSync(stamp, lock);
}

/** The folder that contains Node 24 or newer: this machine's own, or one installed from the npm registry. */
async function node24() {
	if (Number(process.versions.node.split('.')[0]) >= 24) return path.dirname(process.execPath);
	const home = path.join(root, 'scripts', 'node24');
	await installLocked('Node 24 (this machine has ' + process.version + ')', home, process.env);
	const modules = path.join(home, 'node_modules');
	for (const name of readdirSync(modules).filter((entry) => entry.startsWith('node-'))) {
		const { bin } = JSON.parse(readFileSync(path.join(modules, name, 'package.json'), 'utf8'));
		const file = path.join(modules, name, typeof bin === 'string' ? bin : bin.node);
		if (existsSync(file)) return path.dirname(file);
	}
	throw new Error(`There is no Node 24 package for ${process.platform} ${process.arch}. Install Node 24 yourself (https://nodejs.org) and try again.`);
}

/** Installs Debian's Chromium if there is none; on other systems, asks the user to install one. */
async function ensureChromium() {
	const names = ['chromium', 'chromium-browser', 'google-chrome'];
	const found = () => process.env.CHROMIUM_PATH ?? names.map((name) => spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim()).find(Boolean);
	if (found()) return found();
	if (!existsSync('/usr/bin/apt-get') || process.getuid?.() !== 0)
		throw new Error('The browser tests need Chromium. Install it, or set CHROMIUM_PATH to a Chromium or Chrome program.');
	say("Installing Chromium from Debian's packages…");
	for (const args of [['update', '-qq'], ['install', '-y', '-qq', 'chromium']]) {
		const { status } = spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
		if (status !== 0) throw new Error(`apt-get ${args.join(' ')} ended with status ${status}`);
	}
	return found();
}

/**
 * @param {string[]} args as this program takes them: options, a command and its arguments. The process ends with
 * the command, with its status.
 */
export async function run(args) {
	args = [...args];
	const wants = new Set();
	while (args[0]?.startsWith('--')) wants.add(args.shift());
	const [command, ...rest] = args;
	if (!command) throw new Error('Usage: node scripts/run.mjs [--with-n8n] [--with-chromium] COMMAND [ARGUMENTS]');

	const bin = await node24();
	const env = {
		...process.env,
		PATH: [bin, path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
		// Node 24's own headers, for the one native add-on that may need compiling.
		...(existsSync(path.join(bin, '..', 'include', 'node')) ? { npm_config_nodedir: path.join(bin, '..') } : {}),
	};
	await installLocked('the development tools (about 1 GB, 2 minutes)', root, env);
	if (wants.has('--with-n8n'))
		await installLocked('n8n (about 3 GB, 4 minutes)', path.join(root, 'demo'), env, [['rebuild', 'sqlite3']]);
	if (wants.has('--with-chromium')) env.CHROMIUM_PATH = await ensureChromium();

	const child = spawn(command, rest, { cwd: root, env, stdio: 'inherit', shell: process.platform === 'win32' });
	// The terminal sends Ctrl+C to the child too, which decides when to stop.
	for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
	// When npm is terminated, it ends its shell, which passes no signal on. End the command too, so that it isn't left
	// running.
	const parent = process.ppid;
	setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1000).unref();
	child.on('error', (error) => fail(error));
	child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

/** @param {Error} error */
export function fail(error) {
	console.error(`✗ ${error.message}`);
	process.exit(1);
}

if (import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) run(process.argv.slice(2)).catch(fail);
