/**
 * n8n's editor in headless Chromium, in the words of the person who uses it. Selectors are n8n's own test
 * ids; the browser may talk to this machine only, and whatever else it asks for is remembered.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, selectors, type BrowserContext, type Locator, type Page } from 'playwright-core';
import type { Owner } from '../../demo/n8n-client.mts';

selectors.setTestIdAttribute('data-test-id');

/** Where the pictures go; git leaves the folder out. */
export const pictures = path.join(import.meta.dirname, 'screenshots');

export class Editor {
	readonly page: Page;
	/** Addresses outside this machine that the browser asked for. */
	readonly outbound: string[] = [];
	/** What the browser's console complained about. */
	readonly complaints: string[] = [];
	readonly url: string;
	private readonly context: BrowserContext;
	private readonly profile: string;

	private constructor(url: string, context: BrowserContext, page: Page, profile: string) {
		this.url = url;
		this.context = context;
		this.page = page;
		this.profile = profile;
	}

	/** @param url n8n's address */
	static async open(url: string): Promise<Editor> {
		const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
		const profile = await mkdtemp(path.join(os.tmpdir(), 'n8n-editor-'));
		await mkdir(pictures, { recursive: true });
		const context = await chromium.launchPersistentContext(profile, {
			executablePath,
			headless: true,
			viewport: { width: 1440, height: 900 },
			locale: 'en-GB',
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
			],
		});
		context.setDefaultTimeout(20_000);
		context.setDefaultNavigationTimeout(60_000); // the first page is large, and machines are shared
		const [page] = context.pages();
		const editor = new Editor(url, context, page, profile);
		await context.route('**/*', async (route) => {
			const { protocol, hostname, href } = new URL(route.request().url());
			const local =
				['127.0.0.1', 'localhost'].includes(hostname) || !/^(https?|wss?):/.test(protocol);
			if (local) return await route.continue();
			editor.outbound.push(href);
			return await route.abort();
		});
		page.on('console', (message) => {
			if (message.type() === 'error') editor.complaints.push(message.text());
		});
		return editor;
	}

	async close(): Promise<void> {
		await this.context.close();
		await rm(this.profile, { recursive: true, force: true });
	}

	/** Closes the messages that n8n shows in the lower right corner. */
	async closeMessages(): Promise<void> {
		await this.page.evaluate(() => {
			for (const close of document.querySelectorAll<HTMLElement>('.el-notification__closeBtn'))
				close.click();
		});
	}

	/** Takes a picture of the window once it stands still. */
	async picture(name: string, folder = pictures, page = this.page): Promise<void> {
		await page.waitForTimeout(600); // n8n's panels slide and fade in
		const fullPage = page !== this.page; // a form, however long
		await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage });
	}

	/** Signs in through the sign-in page. */
	async signIn({ email, password }: Owner): Promise<void> {
		await this.page.goto(`${this.url}/signin`);
		await this.page.locator('input[name=emailOrLdapLoginId]').fill(email);
		await this.page.locator('input[type=password]').fill(password);
		await this.page.getByRole('button', { name: 'Sign in' }).click();
		await this.page.waitForURL(/\/home\//);
	}

	async openNewWorkflow(): Promise<void> {
		await this.page.goto(`${this.url}/workflow/new`);
		await this.id('canvas-add-button').first().waitFor();
	}

	async openWorkflow(id: string): Promise<void> {
		await this.page.goto(`${this.url}/workflow/${id}`);
		await this.id('canvas-node').first().waitFor({ timeout: 60_000 });
		await this.page.keyboard.press('1'); // zoom to fit
	}

	/** Opens the node panel and types into its search field. */
	async searchNode(words: string): Promise<Locator> {
		const search = this.id('node-creator-search-bar');
		if (!(await search.isVisible())) await this.id('node-creator-plus-button').first().click();
		await search.fill(words);
		return this.id('item-iterator-item');
	}

	/** A node on the canvas. */
	node(name: string): Locator {
		return this.page.locator('.vue-flow__node', {
			has: this.page.locator(`[data-node-name="${name}"]`),
		});
	}

	async openNode(name: string): Promise<void> {
		await this.node(name).dblclick();
		await this.id('node-parameters').first().waitFor();
	}

	async closeNode(): Promise<void> {
		await this.id('ndv-close-button').first().click();
		await this.id('node-parameters').first().waitFor({ state: 'hidden' });
	}

	/** The box around one field, in a node's panel or in the credential dialog. */
	field(parameter: string): Locator {
		return this.id(`parameter-input-${parameter}`).first();
	}

	/** Fills a text or number field. */
	async fill(parameter: string, value: string): Promise<void> {
		await this.field(parameter).locator('input, textarea').first().fill(value);
	}

	/** Closes the dialog on top, for example the credential's. */
	async closeDialog(): Promise<void> {
		await this.dialog.getByRole('button', { name: /close/i }).first().click();
		await this.dialog.waitFor({ state: 'hidden' });
	}

	/** The credential dialog. */
	get dialog(): Locator {
		return this.id('editCredential-modal');
	}

	/** Publishes the open workflow and waits until its triggers are registered. */
	async publish(): Promise<void> {
		await this.id('workflow-open-publish-modal-button').first().click();
		await this.id('workflow-publish-button').first().click();
		await this.page.waitForResponse(/\/activate/);
	}

	/** Presses "Execute workflow". */
	async executeWorkflow(): Promise<void> {
		await this.page.locator('[data-test-id^="execute-workflow-button"]').last().click();
	}

	/** Waits until a node on the canvas shows that it has run well. */
	async succeeded(name: string): Promise<void> {
		await this.node(name).getByTestId('canvas-node-status-success').waitFor({ timeout: 60_000 });
	}

	/** Runs the open node and waits until it has run. */
	async executeStep(): Promise<void> {
		await this.id('node-execute-button').first().click();
		await this.page.waitForResponse(/\/rest\/workflows\/.*\/run/);
	}

	/** The output panel of the open node. */
	get output(): Locator {
		return this.id('output-panel').first();
	}

	id(testId: string | RegExp): Locator {
		return this.page.getByTestId(testId);
	}
}
