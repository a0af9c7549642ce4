/** Builds `dist`: compiles TypeScript, then copies what TypeScript does not (icons, codex files, output schemas). */
const { rm } = require('node:fs/promises');
const { spawn } = require('node:child_process');
const { src, dest, series } = require('gulp');

const clean = () => rm('dist', { recursive: true, force: true });

function compile(done) {
	const tsc = require.resolve('typescript/bin/tsc');
	spawn(process.execPath, [tsc, '-p', 'tsconfig.json'], { stdio: 'inherit' }).on('exit', (code) =>
		done(code === 0 ? undefined : new Error(`tsc ended with status ${code}`)),
	);
}

const copyStaticFiles = () =>
	src(['icons/*.svg', 'nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], {
		base: '.',
		encoding: false, // gulp 5 would otherwise read every file as UTF-8 text
	}).pipe(dest('dist'));

exports.static = copyStaticFiles;
exports.build = series(clean, compile, copyStaticFiles);
exports.default = exports.build;
