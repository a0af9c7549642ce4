/** Builds `dist`: compiles TypeScript, then copies what TypeScript does not (icons, codex files, output schemas). */
const { rm } = require('node:fs/promises');
const { spawn } = require('node:child_process');
const { Transform } = require('node:stream');
const { src, dest, series } = require('gulp');

const clean = () => rm('dist', { recursive: true, force: true });

function compile(done) {
	const tsc = require.resolve('typescript/bin/tsc');
	spawn(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' }).on('exit', (code) =>
		done(code === 0 ? undefined : new Error(`tsc ended with status ${code}`)),
	);
}

/** Tabs as in the sources, where TypeScript writes four spaces: 2 % off the tarball. */
const indentWithTabs = () =>
	src('dist/**/*.js')
		.pipe(
			new Transform({
				objectMode: true,
				transform(file, _encoding, done) {
					const tabs = (spaces) => '\t'.repeat(spaces.length / 4);
					file.contents = Buffer.from(file.contents.toString().replace(/^(?: {4})+/gm, tabs));
					done(null, file);
				},
			}),
		)
		.pipe(dest('dist'));

const copyStaticFiles = () =>
	src(['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], {
		base: '.',
		encoding: false, // gulp 5 would otherwise read every file as UTF-8 text
	}).pipe(dest('dist'));

exports.static = copyStaticFiles;
exports.build = series(clean, compile, indentWithTabs, copyStaticFiles);
exports.default = exports.build;
