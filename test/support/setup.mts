/** Runs before every test file: n8n-core keeps its settings in a folder of its own and stays silent. */
import 'reflect-metadata'; // first: n8n's dependency injection reads decorator metadata
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const encryptionKey = 'only-for-tests';

// One for all test files, with the settings n8n-core would write, so that it has nothing left to write.
const folder = join(tmpdir(), 'n8n-nodes-dintero-jest');
const settings = join(folder, '.n8n', 'config');
if (!existsSync(settings)) {
	mkdirSync(join(folder, '.n8n'), { recursive: true });
	writeFileSync(`${settings}.${process.pid}`, JSON.stringify({ encryptionKey }), { mode: 0o600 });
	renameSync(`${settings}.${process.pid}`, settings); // at once, for the other workers
}

process.env.N8N_USER_FOLDER = folder;
process.env.N8N_ENCRYPTION_KEY = encryptionKey;
process.env.N8N_LOG_LEVEL = 'silent';
process.env.N8N_DIAGNOSTICS_ENABLED = 'false';
process.env.GENERIC_TIMEZONE = 'Europe/Oslo';
