/** How long nothing else could run while `work` was under way, at worst, in milliseconds. */
export async function longestStandstill(work: () => Promise<unknown>): Promise<number> {
	let longest = 0;
	let last = performance.now();
	const look = (): void => {
		const now = performance.now();
		longest = Math.max(longest, now - last);
		last = now;
	};
	const timer = setInterval(look, 5);
	try {
		await work();
		look();
	} finally {
		clearInterval(timer);
	}
	return longest;
}
