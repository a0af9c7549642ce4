import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { chromium, type Browser, type Page } from 'playwright-core';
import { shownHtml, type Email } from '../../demo/mailbox.mts';
import type { WorkflowNode } from '../../demo/n8n-client.mts';
import { readExample, succeeded, type ExamplesEnvironment } from './environment.mts';

const shop = {
	shopName: 'Kaffebaren',
	color: '#7a3b12',
	logo: '',
	language: 'no',
	whereToUse: 'I kaffebarene våre i Oslo og Bergen,\nog på https://kaffebaren.example',
	balancePage: 'https://n8n.example.com/form/balance',
};
const ase = { name: 'Åse Bjørnstad', email: 'ase@example.com' };

/** What 'Write the e-mail' gets, besides the card. */
interface Sample {
	amount?: string;
	expiresAt?: string;
	shop?: Partial<typeof shop>;
	person?: Partial<typeof ase> & { language?: string };
	[more: string]: unknown;
}

/** Issues a card for each sample and e-mails it as the examples do. @returns the e-mails a real mail server got */
export async function sendSamples(
	environment: ExamplesEnvironment,
	samples: Sample[],
): Promise<Email[]> {
	const items = samples.map((sample, index) => ({
		...sample,
		cardId: `MAIL-${Date.now()}-${index}`,
		amount: sample.amount ?? '500',
		expiresAt: sample.expiresAt ?? '2027-12-24',
		shop: { ...shop, ...sample.shop },
		person: { ...ase, ...sample.person },
	}));
	const { dinteroApi, smtp } = environment.credentials;
	const node = (
		name: string,
		type: string,
		typeVersion: number,
		parameters: Record<string, unknown>,
		credentials?: WorkflowNode['credentials'],
	): WorkflowNode => ({
		id: name,
		name,
		type,
		typeVersion,
		position: [0, 0],
		parameters,
		credentials,
	});
	const names = ['Start', 'Samples', 'Issue', 'Together', 'Write the e-mail', 'Send'];
	const workflow = await environment.client.saveWorkflow({
		name: 'Samples of the e-mail',
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger', 1, {}),
			node('Samples', 'n8n-nodes-base.code', 2, {
				jsCode: `return ${JSON.stringify(items)}.map((json) => ({ json }));`,
			}),
			node(
				'Issue',
				'n8n-nodes-dintero.dintero',
				1,
				{
					cardId: '={{ $json.cardId }}',
					amount: '={{ $json.amount }}',
					pinFormat: 'digits4',
					tokenFormat: 'digits16',
					additionalFields: { expiresAt: '={{ $json.expiresAt }}' },
					options: { tokenBarcode: true },
				},
				{ dinteroApi },
			),
			node('Together', 'n8n-nodes-base.code', 2, {
				jsCode:
					"return $input.all().map((item, i) => ({ ...item, json: { ...$('Samples').all()[i].json, ...item.json }, pairedItem: i }));",
			}),
			node('Write the e-mail', 'n8n-nodes-base.code', 2, {
				jsCode: await readExample('email/card-email.js.txt'),
			}),
			node(
				'Send',
				'n8n-nodes-base.emailSend',
				2.1,
				{
					fromEmail: 'Kaffebaren <giftcards@example.com>',
					toEmail: '={{ $json.person.email }}',
					subject: '={{ $json.subject }}',
					emailFormat: 'both',
					text: '={{ $json.text }}',
					html: '={{ $json.html }}',
					options: { appendAttribution: false, attachments: 'cardTokenBarcode' },
				},
				{ smtp },
			),
		],
		connections: Object.fromEntries(
			names
				.slice(1)
				.map((to, index) => [names[index], { main: [[{ node: to, type: 'main', index: 0 }]] }]),
		),
	});
	const before = environment.mailbox.emails.length;
	succeeded(await environment.client.run(workflow, 'Start'));
	return environment.mailbox.emails.slice(before);
}

export const widths = { phone: 390, desktop: 760 };
export const schemes = ['light', 'dark'] as const;

export async function openMailProgram(): Promise<Browser> {
	const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
	return await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
}

/** The e-mail as a mail program of that width and color scheme shows it. */
export async function showEmail(
	browser: Browser,
	email: Email,
	width: number,
	colorScheme: (typeof schemes)[number],
): Promise<{ page: Page; asked: string[] }> {
	const page = await browser.newPage({ viewport: { width, height: 700 }, colorScheme });
	const asked: string[] = [];
	await page.route('**/*', async (route) => {
		asked.push(route.request().url());
		await route.abort();
	});
	await page.setContent(shownHtml(email));
	return { page, asked };
}

export function cardEmail(environment: () => ExamplesEnvironment): void {
	let browser: Browser;
	before(async () => (browser = await openMailProgram()));
	after(async () => await browser?.close());

	it('shows the card at both widths, light and dark, from what the mail server got', async () => {
		const [email] = await sendSamples(environment(), [{}]);
		assert.equal(email.from, 'Kaffebaren <giftcards@example.com>');
		for (const [name, width] of Object.entries(widths))
			for (const scheme of schemes) {
				const { page, asked } = await showEmail(browser, email, width, scheme);
				const where = `${name}, ${scheme}`;
				const seen = await page.evaluate(() => {
					const channel = (value: number) =>
						value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
					const luminance = (color: string) => {
						const [red, green, blue] = (color.match(/[\d.]+/g) ?? []).map((part) =>
							channel(Number(part) / 255),
						);
						return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
					};
					const behind = (element: Element | null): string => {
						for (let at = element; at; at = at.parentElement) {
							const { backgroundColor } = getComputedStyle(at);
							if (!/rgba\(.*, 0\)|transparent/.test(backgroundColor)) return backgroundColor;
						}
						return 'rgb(255, 255, 255)';
					};
					const contrasts: number[] = [];
					const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
					while (walker.nextNode()) {
						const element = walker.currentNode.parentElement;
						if (!element?.offsetParent || !walker.currentNode.textContent?.trim()) continue;
						const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))];
						contrasts.push((Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05));
					}
					const image = document.querySelector('img');
					return {
						text: document.body.innerText,
						overflow: document.documentElement.scrollWidth - window.innerWidth,
						image: image && { width: image.clientWidth, loaded: image.naturalWidth > 0 },
						behindImage: behind(image),
						contrast: Math.min(...contrasts),
					};
				});
				assert.ok(seen.overflow <= 0, `${where}: ${seen.overflow} pixels too wide`);
				assert.ok(seen.image?.loaded && seen.image.width >= 150, `${where}: no barcode`);
				assert.equal(
					seen.behindImage,
					'rgb(255, 255, 255)',
					`${where}: the barcode is not on white`,
				);
				assert.ok(seen.contrast >= 4.5, `${where}: a contrast of ${seen.contrast.toFixed(2)}`);
				assert.match(seen.text, /500\skr/);
				assert.match(seen.text, /Gyldig til og med\s+24\. desember 2027/);
				assert.deepEqual(asked, [], `${where}: asks for something outside the mail`);
				await page.close();
			}
	});

	it('can be read without pictures, and copied without spaces', async () => {
		const logo = 'https://shop.example.com/logo.png';
		const [email] = await sendSamples(environment(), [{ shop: { logo } }]);
		const bare = { ...email, files: [] };
		const { page, asked } = await showEmail(browser, bare, widths.phone, 'light');
		assert.ok(asked.includes(logo));
		const alt = await page
			.locator('img')
			.evaluateAll((images) => images.map((image) => image.getAttribute('alt')));
		const [, number = ''] = /Kortnummer: ([\d ]{19})/.exec(email.text) ?? [];
		assert.deepEqual(alt, ['Kaffebaren', `Strekkode for kassen: ${number.replaceAll(' ', '')}`]);
		const shown = await page.locator('.card').innerText();
		assert.ok(shown.replaceAll('\u200b', '').includes(number.replaceAll(' ', '')));
		await page.close();
	});

	it('says until when in the time zone of the workflow; a midnight means that whole day', async () => {
		const emails = await sendSamples(environment(), [
			{ expiresAt: '2027-12-24' },
			{ expiresAt: '2027-12-24T23:00:00Z' }, // midnight in Oslo, of the 25th
			{ expiresAt: '2027-12-24T22:30:00Z', person: { language: 'en' } }, // 23:30 in Oslo
			{ expiresAt: '2027-06-30T22:00:00Z', person: { language: 'en' } }, // midnight in summer, of 1 July
		]);
		assert.deepEqual(
			emails.map(({ text }) => /(?:Gyldig til og med|Valid until): (.*?)\r?\n/.exec(text)?.[1]),
			['24. desember 2027', '25. desember 2027', '24 December 2027', '1 July 2027'],
		);
	});

	it('is in the language of the person, else of the shop, else in Norwegian', async () => {
		const emails = await sendSamples(environment(), [
			{ person: { language: 'en' } },
			{ shop: { language: 'en' } },
			{ shop: { language: 'en' }, person: { language: 'nb' } },
			{ shop: { language: '' } },
		]);
		assert.deepEqual(
			emails.map(({ text }) => text.split(' ')[0]),
			['Hi', 'Hi', 'Hei', 'Hei'],
		);
		for (const { html, text } of emails) {
			const lang = /<html lang="(\w+)"/.exec(html)?.[1];
			assert.equal(lang, text.startsWith('Hi') ? 'en' : 'nb');
		}
	});

	it('takes names, words, colors and addresses for what they are', async () => {
		const evil = '<img src=x onerror=alert(1)>"\'&';
		const [email, odd, light] = await sendSamples(environment(), [
			{
				person: { name: evil },
				from: evil,
				message: `${evil}\n2`,
				shop: { shopName: evil, whereToUse: evil },
			},
			{
				shop: {
					color: 'red;background:url(x)',
					logo: 'javascript:alert(1)',
					balancePage: 'file:///etc',
				},
			},
			{ shop: { color: '#ffe9a8' } },
		]);
		assert.doesNotMatch(email.html, /<img src=x/);
		const { page } = await showEmail(browser, email, widths.phone, 'light');
		assert.equal(await page.locator('img[src="x"]').count(), 0);
		await page.close();
		assert.doesNotMatch(odd.html, /javascript:|file:|url\(x\)/);
		assert.match(odd.html, /#1f4d3a/);
		assert.match(light.html, /background:#ffe9a8;color:#111111/);
	});

	it('says who gives it, and reminds without codes', async () => {
		const [gift, reminder] = await sendSamples(environment(), [
			{ from: 'Kari', message: 'Gratulerer med dagen!' },
			{ about: 'reminder', available: '350.50' },
		]);
		assert.equal(gift.subject, 'Kari har gitt deg et gavekort fra Kaffebaren');
		assert.match(gift.text, /“Gratulerer med dagen!”/);
		assert.match(
			reminder.subject,
			/^Du har fortsatt 350,50\skr på gavekortet ditt fra Kaffebaren$/,
		);
		assert.doesNotMatch(reminder.text, /Kortnummer:|PIN:/);
		assert.doesNotMatch(reminder.html, /cid:/);
	});
}
