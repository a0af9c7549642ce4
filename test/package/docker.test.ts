import { parse } from 'yaml';

import { readText } from './fixtures.mts';

interface Service {
	image: string;
	command?: string | string[];
	environment?: Record<string, string>;
	volumes?: string[];
	depends_on?: Record<string, { condition: string }>;
}
const read = (file: string) =>
	parse(readText(`docs/docker/${file}`), { merge: true }) as {
		services: Record<string, Service>;
		volumes: Record<string, unknown>;
	};
const isN8n = ({ image }: Service) => image.includes('n8nio/n8n');

describe.each([
	['compose.yml', ['n8n']],
	['compose.queue.yml', ['main', 'worker', 'webhook']],
])('docs/docker/%s', (file, processes) => {
	const { services, volumes } = read(file);
	const n8n = Object.entries(services).filter(([, service]) => isN8n(service));

	test('has these n8n processes', () => {
		expect(n8n.map(([name]) => name)).toEqual(processes);
	});

	test('gives every n8n process the package before it starts', () => {
		expect(services.package.command).toContainEqual(expect.stringContaining('npm install'));
		expect(services.package.volumes).toContain('nodes:/nodes');
		for (const [, { environment, volumes: mounted, depends_on }] of n8n) {
			expect(mounted).toContain('nodes:/home/node/.n8n/nodes');
			expect(environment).toMatchObject({ N8N_UNVERIFIED_PACKAGES_ENABLED: 'true' });
			expect(depends_on?.package.condition).toBe('service_completed_successfully');
		}
	});

	test('all n8n processes share image, key and database', () => {
		const shared = n8n.map(([, { image, environment }]) => JSON.stringify({ image, environment }));
		expect(new Set(shared).size).toBe(1);
		expect(n8n[0][1].environment?.N8N_ENCRYPTION_KEY).toMatch(/^\$\{N8N_ENCRYPTION_KEY:\?/);
	});

	test('names every volume that a service mounts', () => {
		const named = Object.values(services)
			.flatMap(({ volumes: mounted = [] }) => mounted.map((mount) => mount.split(':')[0]))
			.filter((name) => !name.startsWith('.'));
		expect([...new Set(named)].sort()).toEqual(Object.keys(volumes).sort());
	});
});

test('the Compose files start the n8n that the package is tested with', () => {
	const { n8n } = (
		JSON.parse(readText('demo/package.json')) as { dependencies: Record<string, string> }
	).dependencies;
	for (const file of ['compose.yml', 'compose.queue.yml'])
		expect(readText(`docs/docker/${file}`)).toContain(`n8nio/n8n:\${N8N_VERSION:-${n8n}}`);
});
