/** Unit and engine tests. `.mts` files are shared with the tools that Node runs natively. */
module.exports = {
	testEnvironment: 'node',
	// Generous: nothing here is about speed, and a busy machine must not fail a right answer.
	testTimeout: 60_000,
	// A test that fails half-way may leave a server of its own open; the run must end all the same.
	forceExit: true,
	testMatch: ['<rootDir>/test/**/*.test.ts'],
	setupFiles: ['<rootDir>/test/support/setup.mts'],
	moduleFileExtensions: ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'node'],
	modulePathIgnorePatterns: ['<rootDir>/demo/', '<rootDir>/dist/', '<rootDir>/.cache/', '<rootDir>/.stryker-tmp/'],
	transform: {
		'^.+\\.m?ts$': [
			'@swc/jest',
			{ jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
		],
	},
};
