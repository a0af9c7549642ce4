/** The payment page in a real browser: a gift card pays a part, a pretend bank card the rest. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { chromium } from 'playwright-core';
import { closeAll } from '../client.mts';
import { openCheckout, session } from './client.mts';

it('an order is paid with a gift card and a bank card, then refunded on the sandbox’s page', async () => {
	const box = await openCheckout();
	const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
	const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
	try {
		const { token, pin } = await box.codes('gc-1');
		const { data } = await box.checkout.post('/sessions-profile', session(50_000));
		const page = await browser.newPage({ colorScheme: 'light' });
		const problems: string[] = [];
		page.on('pageerror', (error) => problems.push(error.message));
		await page.goto(data.url as string);
		await page.getByLabel('Card number').fill(token);
		await page.getByLabel('PIN').fill('wrong');
		await page.getByRole('button', { name: 'Use the gift card' }).click();
		await page.getByText('The PIN is not right').waitFor();
		await page.getByLabel('PIN').fill(pin);
		await page.getByRole('button', { name: 'Use the gift card' }).click();
		await page.getByText(/The gift card pays 200,00/).waitFor();
		const picture = process.env.PICTURE;
		if (picture) await page.screenshot({ path: `${picture}-pay.png` });
		await page.getByLabel('E-mail').fill('anna@example.com');
		await page.getByRole('button', { name: 'Pay', exact: true }).click();
		await page.getByText('Thank you, the order is paid.').waitFor();
		const [{ id, card, other }] = box.sandbox.checkout.payments();
		assert.deepEqual([card.authorized, other.authorized], [20_000, 30_000]);
		const back = await page.getByRole('link', { name: 'Back to the shop' }).getAttribute('href');
		assert.match(String(back), new RegExp(`transaction_id=${id}.*merchant_reference=order-1`));

		await page.goto(box.sandbox.url);
		page.on('dialog', (dialog) => void dialog.accept(dialog.defaultValue()));
		await page.getByRole('button', { name: 'Capture' }).click();
		await page.getByRole('cell', { name: 'CAPTURED', exact: true }).waitFor();
		if (picture) await page.screenshot({ path: `${picture}-orders.png`, fullPage: true });
		await page.getByRole('button', { name: 'Refund' }).click();
		await page.getByRole('cell', { name: 'REFUNDED', exact: true }).waitFor();
		const [audited] = box.sandbox.checkout.audit();
		assert.deepEqual([audited.card.refunded, audited.other.refunded], [20_000, 30_000]);
		assert.deepEqual(problems, []);
	} finally {
		await browser.close();
		await closeAll();
	}
});
