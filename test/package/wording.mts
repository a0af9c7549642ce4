/** Every text that the nodes and the credential show in n8n, and n8n's rules for such texts. */
import type { INodeProperties, INodePropertyCollection, INodePropertyOptions } from 'n8n-workflow';

import { DinteroApi } from '../../credentials/DinteroApi.credentials';
import { Dintero } from '../../nodes/Dintero/Dintero.node';
import { DinteroTrigger } from '../../nodes/Dintero/DinteroTrigger.node';

/** One thing that n8n shows: a field, an entry of a dropdown, or a way to choose from a list. */
export interface Shown {
	/** `node/field/entry`. */
	where: string;
	/** A field's type, else what it is. */
	kind: string;
	label?: string;
	description?: string;
	hint?: string;
	placeholder?: string;
	/** Of an operation or an event, as the node panel shows it. */
	action?: string;
}

type Entry = INodeProperties | INodePropertyOptions | INodePropertyCollection;

function shownIn(entries: Entry[], path: string): Shown[] {
	return entries.flatMap((entry): Shown[] => {
		if (!('displayName' in entry)) {
			const { name, value, description, action } = entry;
			return [{ where: `${path}=${value}`, kind: 'entry', label: name, description, action }];
		}
		const where = `${path}/${entry.name}`;
		if ('values' in entry)
			return [{ where, kind: 'group', label: entry.displayName }, ...shownIn(entry.values, where)];
		const { displayName: label, type: kind, description, hint, placeholder } = entry;
		return [
			{ where, kind, label, description, hint, placeholder },
			...shownIn((entry.options ?? []) as Entry[], where),
			...(entry.modes ?? []).map(({ name, ...mode }) => ({
				where: `${where}#${name}`,
				kind: mode.type,
				label: mode.displayName,
				hint: mode.hint,
				placeholder: mode.placeholder,
			})),
		];
	});
}

/** Everything, each text once. */
export const everythingShown: Shown[] = [
	...new Map(
		[
			...shownIn(new Dintero().description.properties, 'Dintero'),
			...shownIn(new DinteroTrigger().description.properties, 'Dintero Trigger'),
			...shownIn(new DinteroApi().properties, 'Dintero API'),
		].map((shown) => [JSON.stringify(shown), shown]),
	).values(),
].filter(({ kind }) => kind !== 'hidden');

const SMALL =
	/^(?:a|an|the|of|or|and|to|in|for|at|by|with|per|from|on|into|as|if|not|[a-z]+_[a-z_]+)$/;

/** The words of a label that should begin with a capital letter. */
export const uncapitalized = (label: string): string[] =>
	label
		.split(/[\s/]+/)
		.filter((word, index) => /^[a-z]/.test(word) && !(SMALL.test(word) && index > 0))
		.filter((word) => !word.includes('_'));

/** Whether a text ends as n8n wants it: without a period after one sentence, with one after several. */
export const endsWell = (text: string): boolean => {
	const several = /[.!?](?:<[^>]+>)?\s+(?:['"]\w|[(<]?[A-Z0-9])/.test(
		text.replaceAll('e.g. ', 'e.g.'),
	);
	return several === /\.(?:<[^>]+>)?$/.test(text);
};
