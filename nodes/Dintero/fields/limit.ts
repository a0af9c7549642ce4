import { shownWhen, type Field } from './field';
import { flag } from './flag';
import { number } from './number';

const returnAll = flag({
	name: 'returnAll',
	displayName: 'Return All',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
});

const limit = number({
	name: 'limit',
	displayName: 'Limit',
	default: 50,
	least: 1,
	description: 'Max number of results to return',
});

const shownLimit = shownWhen(limit, { returnAll: [false] });

/** *Return All* and *Limit*: the most records a list returns, `Infinity` for all. */
export const returnLimit: Field<number> = {
	properties: [...returnAll.properties, ...shownLimit.properties],
	leaves: [...returnAll.leaves, ...shownLimit.leaves],
	read: (raw) => (returnAll.read(raw) ? Infinity : limit.read(raw)),
};
