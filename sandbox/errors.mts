import type { Switches } from './switches.mts';

/** An error in Dintero's format: `{ error: { code, message, errors } }`. Codes are not interpreted. */
export class ApiError extends Error {
	readonly status: number;
	readonly code: string;
	readonly errors?: Nested[];
	readonly headers?: Record<string, string>;

	constructor(
		status: number,
		code: string,
		message: string,
		extra: { errors?: Nested[]; headers?: Record<string, string> } = {},
	) {
		super(message);
		this.status = status;
		this.code = code;
		this.errors = extra.errors;
		this.headers = extra.headers;
	}

	/** @param nested the format of the entries of `errors`, see the switch `nestedErrors` */
	body(withCode: boolean, nested: Switches['nestedErrors'] = 'text-path') {
		return {
			error: {
				...(withCode ? { code: this.code } : {}),
				message: this.message,
				...(this.errors ? { errors: this.errors.map((entry) => shaped(entry, nested)) } : {}),
			},
		};
	}
}

interface Nested {
	path?: string | string[];
	message?: string;
}

function shaped(entry: Nested, as: Switches['nestedErrors']): object {
	const { path, message = 'is invalid', ...more } = entry;
	if (path === undefined) return entry;
	const parts = Array.isArray(path)
		? path
		: path.split('/').filter((part) => part !== '' && part !== 'requestBody');
	if (as === 'list-path')
		return { code: 'INVALID', message, params: Object.values(more), path: parts };
	if (as === 'description') return { description: `${parts.join('.')} ${message}` };
	return { ...entry, path: Array.isArray(path) ? `/${path.join('/')}` : path };
}

/** The only error whose wording is documented: code `NOT FOUND`, message `<thing> not found`. */
export const notFound = (thing: string) => new ApiError(404, 'NOT FOUND', `${thing} not found`);
