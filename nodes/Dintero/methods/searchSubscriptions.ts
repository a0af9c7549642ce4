import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { openDintero } from '../transport/client';
import { readList } from '../transport/pages';

/** The webhook subscriptions for a searchable list, matched by address, event and ID. */
export async function searchSubscriptions(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const dintero = await openDintero(this, { scopes: ['admin:hooks', 'read:hooks'] });
	const wanted = filter?.trim().toLowerCase() ?? '';
	const { records } = await readList(dintero, 'hooks/subscriptions', 'subscriptions', {
		most: 1000,
	});
	return {
		results: records
			.map(entry)
			.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted)),
	};
}

function entry({ id, config, events, active }: IDataObject): { name: string; value: string } {
	const { url } = (config ?? {}) as IDataObject;
	const about = Array.isArray(events) ? events.join(', ') : '';
	const paused = active === false ? ', paused' : '';
	return { name: `${String(url ?? id)} (${about}${paused})`, value: String(id) };
}
