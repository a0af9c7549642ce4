/** A database of our own in PostgreSQL and a key prefix of our own in Redis, where both answer. */
import { createRequire } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { queueMode } from '../../demo/n8n.mts';
import { n8nFolder } from '../../scripts/project.mts';

/** As in `postgres://user:password@host:port/database`; the database is only used to create another. */
const postgresUrl = new URL(
	process.env.TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres',
);
const redisUrl = new URL(process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:6379');

interface PostgresClient {
	connect(): Promise<void>;
	query(sql: string): Promise<{ rows: Array<Record<string, unknown>> }>;
	end(): Promise<void>;
}
interface RedisClient {
	keys(pattern: string): Promise<string[]>;
	del(...keys: string[]): Promise<number>;
	quit(): Promise<unknown>;
}

// n8n's own drivers, so that the project needs none.
const fromN8n = createRequire(path.join(n8nFolder, 'node_modules/n8n/package.json'));

export interface QueueServices {
	/** The environment that all of n8n's processes share. */
	env: Record<string, string>;
	/** Asks the database of n8n itself. */
	query(sql: string): Promise<Array<Record<string, unknown>>>;
	/** Drops the database and the keys. */
	remove(): Promise<void>;
}

/** @returns why the services cannot be used here, or undefined when they can */
export async function whyNoServices(): Promise<string | undefined> {
	for (const [name, url, port] of [
		['PostgreSQL', postgresUrl, 5432],
		['Redis', redisUrl, 6379],
	] as const)
		if (!(await answers(url.hostname, Number(url.port || port))))
			return `${name} does not answer at ${url.hostname}:${url.port || port}`;
	return undefined;
}

export async function makeServices(): Promise<QueueServices> {
	const name = `dintero_test_${process.pid}`;
	await sql(`CREATE DATABASE ${name}`);
	const env = queueMode({
		postgres: {
			host: postgresUrl.hostname,
			port: Number(postgresUrl.port || 5432),
			user: decodeURIComponent(postgresUrl.username),
			password: decodeURIComponent(postgresUrl.password),
			database: name,
		},
		redis: { host: redisUrl.hostname, port: Number(redisUrl.port || 6379), prefix: name },
		encryptionKey: 'only-for-this-test-0123456789',
	});
	const remove = async () => {
		await sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
		const Redis = fromN8n('ioredis') as new (url: string) => RedisClient;
		const redis = new Redis(redisUrl.href);
		const keys = await redis.keys(`*${name}*`);
		if (keys.length > 0) await redis.del(...keys);
		await redis.quit();
	};
	const own = new URL(postgresUrl);
	own.pathname = `/${name}`;
	return { env, query: async (statement) => await sql(statement, own), remove };
}

async function sql(
	statement: string,
	database = postgresUrl,
): Promise<Array<Record<string, unknown>>> {
	const { Client } = fromN8n('pg') as {
		Client: new (options: { connectionString: string }) => PostgresClient;
	};
	const client = new Client({ connectionString: database.href });
	await client.connect();
	try {
		return (await client.query(statement)).rows;
	} finally {
		await client.end();
	}
}

async function answers(host: string, port: number): Promise<boolean> {
	return await new Promise((resolve) => {
		const socket = net.connect({ host, port, timeout: 2000 });
		const end = (result: boolean) => {
			socket.destroy();
			resolve(result);
		};
		socket.on('connect', () => end(true));
		socket.on('error', () => end(false));
		socket.on('timeout', () => end(false));
	});
}
