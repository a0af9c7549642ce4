/** Runs before every test file: n8n-core keeps its settings in a throw-away folder and stays silent. */
import 'reflect-metadata'; // first: n8n's dependency injection reads decorator metadata
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'dintero-jest-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

process.env.N8N_USER_FOLDER = folder; // n8n-core writes <folder>/.n8n/config
process.env.N8N_ENCRYPTION_KEY = 'only-for-tests';
process.env.N8N_LOG_LEVEL = 'silent';
process.env.N8N_DIAGNOSTICS_ENABLED = 'false';
process.env.GENERIC_TIMEZONE = 'Europe/Oslo';
