/** The request log: a bounded list of requests, counts per operation, and violations of the contract. */

export interface RequestEntry {
	method: string;
	path: string;
	operationId: string;
	/** 0 while in progress, and for connections that were cut. */
	status: number;
	fault?: string;
	/** Milliseconds since 1970, in real time. */
	at: number;
	/** Requests in progress when this one arrived, including itself. */
	inFlight: number;
}
export interface Violation {
	/** Whether the caller's request or the sandbox's own answer broke the contract. */
	kind: 'request' | 'answer';
	operationId: string;
	method: string;
	path: string;
	errors: object[];
}

const longest = 20_000;

export class RequestLog {
	readonly requests: RequestEntry[] = [];
	readonly violations: Violation[] = [];
	#counts = new Map<string, number>();
	#inFlight = 0;
	#maxInFlight = 0;

	begin(method: string, path: string, operationId: string): RequestEntry {
		this.#inFlight += 1;
		this.#maxInFlight = Math.max(this.#maxInFlight, this.#inFlight);
		this.#counts.set(operationId, this.count(operationId) + 1);
		const inFlight = this.#inFlight;
		const entry = { method, path, operationId, status: 0, at: Date.now(), inFlight };
		this.requests.push(entry);
		if (this.requests.length > longest * 1.1) this.requests.splice(0, longest * 0.1);
		return entry;
	}

	end(entry: RequestEntry, status: number): void {
		entry.status = status;
		this.#inFlight -= 1;
	}

	violate(entry: RequestEntry, kind: Violation['kind'], errors: object[]): void {
		const { operationId, method, path } = entry;
		if (this.violations.length < 1000) {
			this.violations.push({ kind, operationId, method, path, errors });
		}
	}

	/** How often an operation was called; all operations if none is given. */
	count(operationId?: string): number {
		if (operationId !== undefined) return this.#counts.get(operationId) ?? 0;
		return [...this.#counts.values()].reduce((sum, n) => sum + n, 0);
	}

	get counts(): Record<string, number> {
		return Object.fromEntries(this.#counts);
	}

	get inFlight(): number {
		return this.#inFlight;
	}

	get maxInFlight(): number {
		return this.#maxInFlight;
	}

	/** Resets the counts; requests in progress stay. */
	reset(): void {
		this.requests.length = 0;
		this.violations.length = 0;
		this.#counts.clear();
		this.#maxInFlight = this.#inFlight;
	}
}
