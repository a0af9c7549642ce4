/** The output schemas: reading them, and holding a real output against one. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { loadOutputSchema } from 'n8n-core';

import { projectFolder } from '../support/engine.mts';

export interface Schema {
	type: string | string[];
	properties?: Record<string, Schema>;
	items?: Schema;
	version?: number;
}

export const schemaFolder = join(projectFolder, 'nodes', 'Dintero', '__schema__', 'v1.0.0');

/** @returns the schema of an operation's output */
export function readSchema(resource: string, operation: string): Schema {
	const file = join(schemaFolder, resource, `${operation}.json`);
	if (!existsSync(file)) throw new Error(`There is no output schema ${resource}/${operation}.json`);
	return JSON.parse(readFileSync(file, 'utf8')) as Schema;
}

/** The schema as n8n finds it for version 1 of the node. */
export const asN8nFindsIt = (resource: string, operation: string): unknown =>
	loadOutputSchema({
		nodeDir: join(projectFolder, 'nodes', 'Dintero'),
		version: 1,
		resource,
		operation,
	});

/** All schemas there are, as `resource/operation`. */
export function schemasThere(): string[] {
	return readdirSync(schemaFolder).flatMap((resource) =>
		readdirSync(join(schemaFolder, resource)).map(
			(file) => `${resource}/${file.replace(/\.json$/, '')}`,
		),
	);
}

export const propertiesIn = ({ properties = {} }: Schema): string[] => Object.keys(properties);

/** Where an output is not what the schema says; a field the schema does not know is a mismatch too. */
export function mismatches(schema: Schema, value: unknown, path = ''): string[] {
	const types = [schema.type].flat();
	const actual = typeOf(value);
	if (!types.includes(actual) && !(actual === 'integer' && types.includes('number')))
		return [`${path || 'output'} is ${actual}, not ${types.join(' or ')}`];
	if (actual === 'array')
		return (value as unknown[]).flatMap((entry, index) =>
			schema.items ? mismatches(schema.items, entry, `${path}[${index}]`) : [],
		);
	if (actual !== 'object' || !schema.properties) return [];
	return Object.entries(value as object).flatMap(([key, member]) => {
		const known = schema.properties?.[key];
		const at = path ? `${path}.${key}` : key;
		return known ? mismatches(known, member, at) : [`${at} is not in the schema`];
	});
}

function typeOf(value: unknown): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'array';
	if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
	return typeof value;
}
