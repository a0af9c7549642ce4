/** The project's folders, and a function that copies its sources. For tools and tests; not published. */
import { cp } from 'node:fs/promises';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');

/** The folder where n8n is installed: the pinned version, or another one by the variable DEMO_N8N. */
export const n8nFolder = path.resolve(process.env.DEMO_N8N ?? path.join(root, 'demo'));

/**
 * The folder for n8n's user folder and logs of a run: ignored by git and the linter, and in a place where the
 * installed package finds n8n's own copy of n8n-workflow, as in any n8n.
 */
export const runFolder = (name: string) => path.join(n8nFolder, 'node_modules', '.run', name);

export const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** Everything except the demo and what is installed or built. */
const isSource = (file: string) =>
	!/^(?:node_modules|dist|demo|reports|coverage|\.[^.].*)$/.test(path.relative(root, file));

/** Copies the sources into a folder, without hidden files, the demo, and what is installed or built. */
export async function copySources(folder: string): Promise<void> {
	await cp(root, folder, { recursive: true, filter: isSource });
}
