/** The output schemas: reading them, and holding a real output against one. */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import Ajv from 'ajv';
import { loadOutputSchema } from 'n8n-core';

import { projectFolder } from '../support/engine.mts';

export interface Schema {
	/** Missing: nothing is known of the value. */
	type?: string | string[];
	properties?: Record<string, Schema>;
	items?: Schema;
	version?: number;
}

export const schemaFolder = join(projectFolder, 'nodes', 'Dintero', '__schema__', 'v1.0.0');

/** @returns the schema of an operation's output */
export function readSchema(resource: string, operation: string): Schema {
	const file = join(schemaFolder, resource, `${operation}.json`);
	if (!existsSync(file))
		throw new Error(
			`There is no output schema ${resource}/${operation}.json. \`npm run check -- schemas ${resource}/${operation}\` writes it from the outputs of its test.`,
		);
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

const ajv = new Ajv({ allErrors: true });

/** Where an output is not what the schema says; a field the schema does not know is a mismatch too. */
export function mismatches(schema: Schema, value: unknown): string[] {
	ajv.validate(closed(schema), value);
	return (ajv.errors ?? []).map(({ dataPath, message, params }) =>
		'additionalProperty' in params
			? `${`${dataPath}.${params.additionalProperty}`.slice(1)} is not in the schema`
			: `${dataPath.replace(/^\./, '') || 'output'} ${message}`,
	);
}

/** The schema with no further fields allowed where it names some. */
function closed({ type, properties, items }: Schema): object {
	return {
		type,
		...(items && { items: closed(items) }),
		...(properties && {
			properties: Object.fromEntries(
				Object.entries(properties).map(([name, field]) => [name, closed(field)]),
			),
			additionalProperties: false,
		}),
	};
}

/** Writes the schema of an operation from all outputs that its test has seen. */
export function writeSchema(resource: string, operation: string, outputs: unknown[]): void {
	const file = join(schemaFolder, resource, `${operation}.json`);
	mkdirSync(join(schemaFolder, resource), { recursive: true });
	const schema = { ...schemaOf(outputs), version: 1 };
	writeFileSync(file, `${JSON.stringify(schema, null, '\t')}\n`);
}

/** The schema that all values meet; the types n8n's editor knows. */
export function schemaOf(values: unknown[]): Schema {
	const types = [...new Set(values.map(typeOf))].filter((type) => type !== 'null');
	const merged = types.includes('number') ? types.filter((type) => type !== 'integer') : types;
	if (values.some((value) => value === null)) merged.push('null');
	const objects = values.filter((value) => typeOf(value) === 'object') as object[];
	// The fullest output first: its order is the one people see.
	const byFields = objects.map(Object.keys).sort((a, b) => b.length - a.length);
	const names = [...new Set(byFields.flat())];
	const entries = values.filter(Array.isArray).flat() as unknown[];
	return {
		type: merged.length === 1 ? merged[0] : merged,
		...(objects.length > 0 && {
			properties: Object.fromEntries(
				names.map((name) => [
					name,
					schemaOf(
						objects
							.map((value) => (value as Record<string, unknown>)[name])
							.filter((value) => value !== undefined),
					),
				]),
			),
		}),
		...(entries.length > 0 && { items: schemaOf(entries) }),
	};
}

function typeOf(value: unknown): string {
	if (value === null) return 'null';
	if (Array.isArray(value)) return 'array';
	return Number.isInteger(value) ? 'integer' : typeof value;
}
