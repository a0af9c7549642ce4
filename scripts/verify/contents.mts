/** The files that the package may and must contain, and its maximum size. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { mustRun } from '../command.mts';
import { npm } from '../project.mts';
import type { Manifest } from './manifest.mts';

/** In bytes. n8n fetches the tarball on every installation, so a file that does not belong in it should be noticed. */
export const LARGEST_TARBALL = 150_000;

const ALLOWED = [
	/^(?:package\.json|README\.md|CHANGELOG\.md|LICENSE\.md|index\.js)$/,
	/^dist\/icons\/[\w.-]+\.svg$/,
	/^dist\/(?:nodes|credentials)\/.*\.js$/,
	/^dist\/nodes\/.*\.node\.json$/,
	/^dist\/nodes\/.*\/__schema__\/.*\.json$/,
];

/** Names of development files, whatever their extension. */
const SUSPICIOUS =
	/(?:^|\/)(?:__tests__|test|tests|fixtures|sandbox|bench|demo|examples)\/|\.test\.|\.spec\.|tsbuildinfo|\.map$|\.d\.ts$/;

export interface Contents {
	bytes: number;
	files: string[];
	problems: string[];
}

/** Lists a tarball's files, as npm reports them. */
async function listPacked(tarball: string): Promise<{ files: string[]; bytes: number }> {
	const args = ['pack', tarball, '--json', '--dry-run', '--ignore-scripts'];
	const stdout = await mustRun(npm, args);
	const [{ files, size }] = Object.values(
		JSON.parse(stdout) as Array<{ files: Array<{ path: string }>; size: number }>,
	);
	const names = files.map(({ path: name }) => name);
	return { files: names.filter((name) => !/^$|\/$/.test(name)).sort(), bytes: size };
}

/**
 * @param tarball the .tgz file
 * @param unpacked the folder it was unpacked into
 */
export async function checkContents(
	tarball: string,
	unpacked: string,
	manifest: Manifest,
): Promise<Contents> {
	const { files, bytes } = await listPacked(tarball);
	const problems: string[] = [];
	if (bytes > LARGEST_TARBALL)
		problems.push(`The tarball has ${bytes} bytes, more than ${LARGEST_TARBALL}`);
	for (const file of files)
		if (SUSPICIOUS.test(file) || !ALLOWED.some((pattern) => pattern.test(file)))
			problems.push(`${file} does not belong in the package`);

	const required = [
		'README.md',
		'LICENSE.md',
		'index.js',
		'dist/icons/dintero.svg',
		'dist/icons/dintero.dark.svg',
	];
	for (const file of manifest.n8n.nodes) required.push(file, `${file}on`);
	required.push(...manifest.n8n.credentials);
	for (const file of required) if (!files.includes(file)) problems.push(`${file} is missing`);

	for (const file of files.filter((name) => name.endsWith('.js'))) {
		const text = await readFile(path.join(unpacked, file), 'utf8');
		if (/sourceMappingURL/.test(text)) problems.push(`${file} names a source map`);
		if (/(?:^|[^\w])(?:\/home\/|\/Users\/|[A-Z]:\\\\)/.test(text))
			problems.push(`${file} names a path of the machine it was built on`);
	}
	return { bytes, files, problems };
}
