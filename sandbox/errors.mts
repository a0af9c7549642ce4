/** An error as Dintero words it: `{ error: { code, message, errors } }`. Codes are opaque (section 1.2). */
export class ApiError extends Error {
	readonly status: number;
	readonly code: string;
	readonly errors?: object[];
	readonly headers?: Record<string, string>;

	constructor(
		status: number,
		code: string,
		message: string,
		extra: { errors?: object[]; headers?: Record<string, string> } = {},
	) {
		super(message);
		this.status = status;
		this.code = code;
		this.errors = extra.errors;
		this.headers = extra.headers;
	}

	body(withCode: boolean) {
		return {
			error: {
				...(withCode ? { code: this.code } : {}),
				message: this.message,
				...(this.errors ? { errors: this.errors } : {}),
			},
		};
	}
}

/** The one error whose wording is documented: code `NOT FOUND`, message `<thing> not found`. */
export const notFound = (thing: string) => new ApiError(404, 'NOT FOUND', `${thing} not found`);
