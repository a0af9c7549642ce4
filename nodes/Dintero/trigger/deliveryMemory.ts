/** Deliveries remembered by one n8n process; a busy shop's day. */
const CAPACITY = 20_000;

/**
 * Which deliveries this n8n process has taken. Only in memory: n8n does not keep what a webhook writes into static
 * data when it starts an execution. A restart forgets, and a second process knows nothing of it.
 */
export class DeliveryMemory {
	/** Resolves to whether the workflow was started with it; pending while n8n has not answered yet. */
	private readonly taken = new Map<string, Promise<boolean>>();

	constructor(private readonly capacity = CAPACITY) {}

	/**
	 * Claims a delivery. While another request with the same delivery is not answered yet, waits for how that ends:
	 * when n8n failed to start the workflow, this one takes its place.
	 * @returns a function to tell the outcome, or `undefined` when the delivery was taken before
	 */
	async claim(identities: string[]): Promise<((taken: boolean) => void) | undefined> {
		for (;;) {
			const earlier = identities.map((identity) => this.taken.get(identity)).find(Boolean);
			if (earlier === undefined) break;
			if (await earlier) return undefined;
		}
		let settle: (taken: boolean) => void = () => {};
		const outcome = new Promise<boolean>((resolve) => (settle = resolve));
		for (const identity of identities) this.taken.set(identity, outcome);
		this.forgetOldest();
		return (taken) => {
			if (!taken) {
				for (const identity of identities) {
					if (this.taken.get(identity) === outcome) this.taken.delete(identity);
				}
			}
			settle(taken);
		};
	}

	clear(): void {
		this.taken.clear();
	}

	private forgetOldest(): void {
		for (const identity of this.taken.keys()) {
			if (this.taken.size <= this.capacity) return;
			this.taken.delete(identity);
		}
	}
}

/** One for all trigger nodes of the process; their identities begin with the node they belong to. */
export const deliveryMemory = new DeliveryMemory();
