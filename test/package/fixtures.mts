/** Throw-away folders with packages that break one rule each, to see that the gate catches it. */
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Makes a folder holding these files, hands it to `use`, and removes it. */
export async function withFiles<T>(
	files: Record<string, string | object>,
	use: (folder: string) => Promise<T>,
): Promise<T> {
	const folder = await mkdtemp(path.join(tmpdir(), 'gate-'));
	try {
		for (const [name, content] of Object.entries(files)) {
			const file = path.join(folder, name);
			await mkdir(path.dirname(file), { recursive: true });
			await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
		}
		return await use(folder);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** The same, with the published sources and their configuration copied in first. */
export async function withSourcesAnd<T>(
	files: Record<string, string | object>,
	use: (folder: string) => Promise<T>,
): Promise<T> {
	return await withFiles({}, async (folder) => {
		for (const name of ['nodes', 'credentials', 'icons', 'package.json', 'tsconfig.json'])
			await cp(path.join(root, name), path.join(folder, name), { recursive: true });
		for (const [name, content] of Object.entries(files)) {
			await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
			await writeFile(path.join(folder, name), String(content));
		}
		return await use(folder);
	});
}

/** A file of this project. */
export function readText(file: string): string {
	return readFileSync(path.join(root, file), 'utf8');
}
