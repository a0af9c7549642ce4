import { readText } from './fixtures.mts';

const ci = readText('.github/workflows/ci.yml');
const publish = readText('.github/workflows/publish.yml');

describe('the workflows of GitHub', () => {
	test.each([
		['ci.yml', ci],
		['publish.yml', publish],
	])('%s pins every action by its commit and names its version', (_, text) => {
		const uses = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action);
		expect(uses.length).toBeGreaterThan(0);
		for (const action of uses)
			expect(action).toMatch(
				/^(?:\.\/\.github\/workflows\/ci\.yml|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/,
			);
	});

	test('publishing comes after the tests, with provenance and without a token', () => {
		expect(publish).toMatch(/check:\n\s+uses: \.\/\.github\/workflows\/ci\.yml/);
		expect(publish).toMatch(/publish:\n(?:.*\n)*?\s+needs: check/);
		expect(publish).toContain('id-token: write');
		expect(publish).toContain('npm run release');
		expect(publish).not.toMatch(/NPM_TOKEN|NODE_AUTH_TOKEN|secrets\./);
		expect(publish).toMatch(/tags: \['v\*\.\*\.\*'\]/);
	});

	test('only the publishing job may sign, and nothing may write to the repository', () => {
		expect(`${ci}${publish}`.match(/id-token: write/g)).toHaveLength(1);
		expect(`${ci}${publish}`).not.toMatch(/contents: write|write-all|pull_request_target/);
		expect(publish.match(/persist-credentials: false/g)).toHaveLength(
			publish.match(/actions\/checkout/g)!.length,
		);
	});

	test('run on the Node that n8n needs', () => {
		expect(ci).toContain('node: [24, 20]');
		for (const [, version] of publish.matchAll(/node-version: (.*)/g)) expect(version).toBe('24');
	});
});

test('the oldest and the pinned n8n are named alike everywhere', () => {
	const oldest = /OLDEST = '(.*)'/.exec(readText('scripts/test-versions.mts'))![1];
	const { n8n } = (
		JSON.parse(readText('demo/package.json')) as { dependencies: Record<string, string> }
	).dependencies;
	const readme = readText('README.md').replace(/\s+/g, ' ');
	expect(readme).toContain(`n8n ${oldest} or newer`);
	expect(readme).toContain(`Built and tested with n8n ${n8n}.`);
	expect(readText('CHANGELOG.md')).toContain(`n8n ${oldest} and newer`);
	expect(ci).toContain('npm run check -- versions');
});
