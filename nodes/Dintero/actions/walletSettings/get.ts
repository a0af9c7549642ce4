import { options } from '../../fields/collection';
import { simplify } from '../../fields/flag';
import { paceOptions } from '../../fields/runOptions';
import { getWalletSettings } from '../../exactlyOnce/walletSettings';
import { operation } from '../operation';
import { simpleSettings } from './settings';

const fields = { simplify, options: options(paceOptions) };

export const get = operation<typeof fields, { simplify: boolean }>({
	resource: 'walletSettings',
	value: 'get',
	name: 'Get',
	action: 'Get wallet settings',
	description: 'Look up after how many days a gift card without an expiry of its own expires',
	effect: 'read',
	scopes: ['admin:wallets', 'read:wallets'],
	fields,

	prepare: (values) => ({ simplify: values.simplify }),

	async run({ simplify: simple }, dintero) {
		const settings = await getWalletSettings(dintero);
		return { json: simple ? simpleSettings(settings) : settings };
	},
});
