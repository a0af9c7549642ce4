/**
 * Payment types that Dintero does not allow together with gift cards: creating a session fails if one of them is
 * enabled (Checkout specification, `configuration.dintero.wallets`).
 */
const EXCLUDED = ['vipps', 'swish.swish', 'klarna.billie', 'instabank', 'collector', 'netaxept'];

/**
 * The payment types in a configuration that exclude gift cards, for example `klarna.billie`.
 * @param configuration Checkout's `configuration`, as a person wrote it
 */
export function giftCardConflicts(configuration: Record<string, unknown>): string[] {
	return Object.entries(configuration).flatMap(([provider, settings]) => {
		const products = record(settings);
		const names =
			products.enabled === true
				? [provider]
				: Object.entries(products).flatMap(([product, value]) =>
						record(value).enabled === true ? [`${provider}.${product}`] : [],
					);
		return names.filter((name) => EXCLUDED.some((one) => one === name || one === provider));
	});
}

const record = (value: unknown): Record<string, unknown> =>
	typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
