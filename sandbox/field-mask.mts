/** A subscription's field masks: `a,b`, `a/b`, `a(b,c)` and `*` for any name; and paths to exclude. */

type Mask = Map<string, Mask | 'all'>;

/** Keeps only the members of `value` that the mask names. */
export function pickFields(value: object, mask: string): object {
	return keep(value, parseMask([...mask.replaceAll(/\s/g, '')])) as object;
}

function parseMask(characters: string[]): Mask {
	const mask: Mask = new Map();
	while (characters.length > 0 && characters[0] !== ')') {
		let name = '';
		while (characters.length > 0 && !',/()'.includes(characters[0])) name += characters.shift();
		const next = characters[0];
		if (next === '/') {
			characters.shift();
			mask.set(name, parseOne(characters));
		} else if (next === '(') {
			characters.shift();
			mask.set(name, parseMask(characters));
			characters.shift();
		} else {
			mask.set(name, 'all');
		}
		if (characters[0] === ',') characters.shift();
	}
	return mask;
}

/** Parses what follows a slash: a single path, up to the next comma. */
function parseOne(characters: string[]): Mask {
	let depth = 0;
	let end = 0;
	for (; end < characters.length; end++) {
		if (characters[end] === '(') depth += 1;
		if (characters[end] === ')' && depth-- === 0) break;
		if (characters[end] === ',' && depth === 0) break;
	}
	return parseMask(characters.splice(0, end));
}

function keep(value: unknown, mask: Mask | 'all'): unknown {
	if (mask === 'all' || typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map((item) => keep(item, mask));
	const kept = Object.entries(value).flatMap(([name, member]) => {
		const inner = mask.get(name) ?? mask.get('*');
		return inner ? [[name, keep(member, inner)] as const] : [];
	});
	return Object.fromEntries(kept);
}

/** Removes the members at the given paths, written `a/b` or `a.b`. */
export function omitFields(value: object, paths: readonly string[]): object {
	const copy = structuredClone(value) as Record<string, unknown>;
	for (const path of paths) {
		const names = path.split(/[./]/);
		const last = names.pop() as string;
		let inner: Record<string, unknown> | undefined = copy;
		for (const name of names) inner = inner?.[name] as Record<string, unknown> | undefined;
		if (inner && typeof inner === 'object') delete inner[last];
	}
	return copy;
}
