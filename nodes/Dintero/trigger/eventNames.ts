import type { INodePropertyOptions } from 'n8n-workflow';

import { EVENTS as PUBLISHED } from '../domain/eventNames';

/** The only event about gift cards (Dintero hooks API, list of events). */
export const WALLET_TRANSACTION = 'wallet_transaction';

/** Sent to a new subscription and on demand; carries no event. */
export const PING = 'ping';

/** Every event Dintero publishes, as options. */
export const EVENTS: INodePropertyOptions[] = PUBLISHED.map((event) => ({ ...event }));
