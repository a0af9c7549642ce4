/** Builds `dist`: compiles TypeScript, then copies what TypeScript does not (icons, codex files, output schemas). */
const { rm } = require('node:fs/promises');
const { spawn } = require('node:child_process');
const { Transform } = require('node:stream');
const { src, dest, parallel, series } = require('gulp');

const clean = () => rm('dist', { recursive: true, force: true });

function compile(done) {
	const tsc = require.resolve('typescript/bin/tsc');
	spawn(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' }).on('exit', (code) =>
		done(code === 0 ? undefined : new Error(`tsc ended with status ${code}`)),
	);
}

/** @param {(text: string) => string} edit applied to each file */
const edited = (edit) =>
	new Transform({
		objectMode: true,
		transform(file, _encoding, done) {
			file.contents = Buffer.from(edit(file.contents.toString()));
			done(null, file);
		},
	});

/** Tabs as in the sources, where TypeScript writes four spaces: 2 % off the tarball. */
const indentWithTabs = () =>
	src('dist/**/*.js')
		.pipe(
			edited((code) => code.replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4))),
		)
		.pipe(dest('dist'));

const copyIcons = () =>
	src('icons/*.svg', {
		base: '.',
		encoding: false, // gulp 5 would otherwise read every file as UTF-8 text
	}).pipe(dest('dist'));

const copyJson = () =>
	src(['nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], { base: '.' })
		.pipe(edited((json) => JSON.stringify(JSON.parse(json))))
		.pipe(dest('dist'));

const copyStaticFiles = parallel(copyIcons, copyJson);

exports.build = series(clean, compile, indentWithTabs, copyStaticFiles);
exports.default = exports.build;
