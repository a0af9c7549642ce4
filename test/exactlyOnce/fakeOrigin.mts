/** An origin that is what a test says it is. */
import type { IDataObject } from 'n8n-workflow';

import { Mark } from '../../nodes/Dintero/exactlyOnce/mark';
import type { Origin } from '../../nodes/Dintero/exactlyOnce/origin';
import { monotonic } from '../../nodes/Dintero/transport/clock';

export const MARK = 'n8n execution 1, item 1, run 1 [aaaaaaaa.bbbbbbbb]';

/** @param more what differs from an item of execution 1 that derived the ID `x` */
export function fakeOrigin(more: Partial<Origin> = {}): Origin & { open: string[] } {
	const open: string[] = [];
	const mark = new Mark(MARK);
	return {
		open,
		identity: { kind: 'derived', execution: '1' },
		cardId: 'x',
		begunAt: monotonic(),
		mark,
		reference: (step) => `ref ${step}`,
		tokenReference: (step) => `ref ${step}`,
		owns: (record: IDataObject) => mark.isOn(record) || record.card_id === 'x',
		isDerivedId: (id) => id === 'x',
		keepForRetry: (...ids) => void open.push(...ids),
		clearRetry: () => void open.splice(0),
		earlier: () => undefined,
		noteUnknown: () => {},
		unknownFor: () => undefined,
		noteMade: () => {},
		hasMade: () => false,
		...more,
	};
}
