/** How often other work had its turn while `work` was under way: n8n serves everybody from one event loop. */
export async function turnsOfOthers(work: () => Promise<unknown>): Promise<number> {
	let turns = 0;
	const timer = setInterval(() => turns++, 1);
	try {
		await work();
	} finally {
		clearInterval(timer);
	}
	return turns;
}
