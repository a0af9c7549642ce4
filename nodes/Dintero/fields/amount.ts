import { InvalidInput } from '../domain/invalidInput';
import {
	CURRENCY_DECIMALS,
	formatAmount,
	parseAmount,
	parseCurrency,
	type Currency,
} from '../domain/money';
import { choice } from './choice';
import { field, type Field } from './field';

/** An amount in minor units, above 0. */
export interface Money {
	minor: number;
	currency: Currency;
}

/** All currencies of Dintero's wallets have two decimals. */
export const WALLET_DECIMALS = 2;

export const currency: Field<Currency> = field({
	kind: 'currency',
	property: {
		displayName: 'Currency',
		name: 'currency',
		type: 'options',
		options: Object.keys(CURRENCY_DECIMALS).map((code) => ({ name: code, value: code })),
		default: 'NOK',
		description: 'The currency of the amount',
	},
	empty: { is: 'NOK' },
	parse: (value) => parseCurrency(value),
});

/** *Currency* where the transaction already determines it: guards against a mix-up. `undefined` when left empty. */
export const onlyCurrency: Field<Currency | undefined> = field<Currency | undefined>({
	kind: 'currency',
	property: {
		...currency.properties[0],
		description: 'The currency of the amount. A charge in another currency is refused.',
	},
	empty: { is: undefined },
	parse: (value) => parseCurrency(value),
});

/** Add it to the options of every operation that has an *Amount*. */
export const amountUnit = choice({
	name: 'amountUnit',
	displayName: 'Amount Unit',
	options: [
		{ name: 'Kroner (Main Unit)', value: 'main', description: '500 means 500.00' },
		{ name: 'Øre or Cents (Minor Unit)', value: 'minor', description: '50000 means 500.00' },
	],
	default: 'main',
	description: 'What a number in Amount means',
});

const rawAmount: Field<unknown> = field<unknown>({
	kind: 'amount',
	property: {
		displayName: 'Amount',
		name: 'amount',
		type: 'string',
		required: true,
		default: '',
		placeholder: 'e.g. 500',
		hint: "In kroner or euros, not øre or cents ('Amount Unit' in the options changes that)",
		description: "In the currency's main unit: 500 means 500.00 kroner",
	},
	wayOut: 'Write a number such as 500 or 499.50.',
	parse: (value) => value,
});

/** *Amount* with *Currency*, read together with *Amount Unit* of the options. */
export const amount: Field<Money> = {
	properties: [...rawAmount.properties, ...currency.properties],
	leaves: [...rawAmount.leaves, ...currency.leaves],
	read(raw) {
		const code = currency.read(raw);
		const unit = amountUnit.read(raw, 'options');
		const minor = parseAmount(rawAmount.read(raw), CURRENCY_DECIMALS[code], unit);
		if (minor === 0)
			throw new InvalidInput(
				'Amount',
				`is ${formatAmount(minor, code)}.`,
				'Write an amount above zero.',
			);
		return { minor, currency: code };
	},
};

/** *Amount*, in minor units, of a request without a currency. A field left empty by hand means the whole amount. */
export const partOfAmount: Field<number | undefined> = {
	...field<number | undefined>({
		kind: 'amount',
		property: {
			...rawAmount.properties[0],
			required: false,
			hint: 'Leave it empty to take all that is reserved',
			description:
				"How much to take, in the currency's main unit: 500 means 500.00 kroner. 'Amount Unit' in the options switches to øre or cents.",
		},
		empty: { is: undefined },
		parse(value, raw) {
			const minor = parseAmount(value, WALLET_DECIMALS, amountUnit.read(raw, 'options'));
			if (minor > 0) return minor;
			throw new InvalidInput('Amount', 'is 0.', 'Write an amount above zero, or leave it empty.');
		},
	}),
};

/**
 * *Maximum Total*, in minor units; `undefined` for no limit. Only an empty field or a 0 typed by hand means no limit:
 * an expression that returns nothing, or 0, stops the run.
 */
export const maximumTotal: Field<number | undefined> = field<number | undefined>({
	kind: 'amount',
	property: {
		displayName: 'Maximum Total',
		name: 'maximumTotal',
		type: 'string',
		default: '',
		placeholder: 'e.g. 250000',
		description:
			'Stop the run before anything is sent if its total in one currency is higher than this',
	},
	empty: { is: undefined },
	wholeRun: true,
	parse(value, _raw, { fromExpression }) {
		const limit = parseAmount(value, WALLET_DECIMALS, 'main', 'Maximum Total');
		if (limit > 0) return limit;
		if (!fromExpression) return undefined;
		throw new InvalidInput(
			'Maximum Total',
			'is 0: the expression gave no limit.',
			'Give a limit above zero, or remove the option for no limit.',
		);
	},
});
