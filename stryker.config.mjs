/**
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 *
 * Mutation testing of the code that must not go wrong. `npm run check -- mutation` runs it group by group, see
 * scripts/mutation.mts; docs/mutation.md has the last figures and says why the survivors live.
 */
export default {
	testRunner: 'jest',
	// Every mutant meets only the tests that reach it.
	coverageAnalysis: 'perTest',
	jest: {
		configFile: 'jest.config.js',
		config: {
			setupFiles: [
				'<rootDir>/test/support/setup.mts',
				'<rootDir>/test/support/steadyProperties.mts',
			],
			// What waits for ever fails, rather than holding a worker until it is given up.
			testTimeout: 10_000,
			moduleNameMapper: { '^n8n-workflow$': '<rootDir>/test/support/n8nWorkflowParts.mts' },
		},
	},
	appendPlugins: [new URL('scripts/onlyShown.mts', import.meta.url).pathname],
	concurrency: 2,
	// A busy machine must not make a slow run look like a mutant that never ends.
	timeoutMS: 30_000,
	tempDirName: '.stryker-tmp',
	cleanTempDir: 'always',
	ignorePatterns: ['/demo', '/bench', '/examples', '/docs', '/reports', '/dist', '/icons'],
	thresholds: { high: 95, low: 90, break: 90 },
	reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
	clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
};
