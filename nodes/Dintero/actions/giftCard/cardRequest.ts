import type { IDataObject } from 'n8n-workflow';

import { cardName, customerId, originatedBy, singleUse } from '../../fields/card';
import { activeFrom, checkDates, expiresAt } from '../../fields/date';
import type { ValuesOf } from '../../fields/field';
import { metadata } from '../../fields/metadata';
import { tokenLifetimeDays } from '../../fields/tokenLifetime';

/** The *Additional Fields* of *Create* and *Activate*. */
export const cardDetails = {
	activeFrom,
	customerId,
	expiresAt,
	metadata,
	name: cardName,
	originatedBy,
	singleUse,
	tokenLifetimeDays,
};

/**
 * The details as members of Dintero's request; `undefined` if left out.
 * @throws InvalidInput when the card would expire before it becomes active
 */
export function detailsOf(values: ValuesOf<typeof cardDetails>): IDataObject {
	checkDates(values);
	return {
		name: values.name,
		customer_id: values.customerId,
		originated_by: values.originatedBy,
		active_from: values.activeFrom,
		expires_at: values.expiresAt,
		metadata: values.metadata,
	};
}
