import type { IDataObject } from 'n8n-workflow';

import { defaultExpiryDays } from '../../exactlyOnce/walletSettings';
import { text, withoutMissing } from '../output';

/** The wallet settings as an item. A default expiry of 0 days means none. */
export const simpleSettings = (settings: IDataObject): IDataObject =>
	withoutMissing({
		defaultExpiryDays: defaultExpiryDays(settings),
		createdAt: text(settings.created_at),
		updatedAt: text(settings.updated_at),
		updatedBy: text(settings.updated_by),
	});
