/** Imports every example into one real n8n and does with it what its README says. Prints the counts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { balancePage } from './balance-page.mts';
import { bookkeeperReport } from './bookkeeper-report.mts';
import { campaign } from './campaign.mts';
import { campaignFromFile } from './campaign-from-file.mts';
import { cardEmail } from './card-email.mts';
import { exampleFiles } from './files.mts';
import { giftOnADay } from './gift-on-a-day.mts';
import { startExamples, type ExamplesEnvironment } from './environment.mts';
import { inTheBrowser } from './in-the-browser.mts';
import { checkoutStory } from './checkout-story.mts';
import { monthlyReminder } from './monthly-reminder.mts';
import { activateAtTill, printBatch } from './print-and-activate.mts';
import { reconcile } from './reconcile.mts';
import { refundSoldCard } from './refund-sold-card.mts';
import { refundToCard } from './refund-to-card.mts';
import { retryLoop } from './retry-loop.mts';
import { sendAgain } from './send-again.mts';
import { soldOnline } from './sold-online.mts';
import { supportAgent } from './support-agent.mts';
import { secretsWritten } from '../support/writtenLogs.mts';

let environment: ExamplesEnvironment;

describe('The examples in a real n8n', { timeout: 1_800_000 }, () => {
	before(async () => (environment = await startExamples()), { timeout: 600_000 });
	after(async () => await environment?.stop());

	const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
	const examples = {
		'card-email': cardEmail,
		'campaign-from-file': campaignFromFile,
		'sold-online': soldOnline,
		'checkout-story': checkoutStory,
		'refund-to-card': refundToCard,
		'refund-sold-card': refundSoldCard,
		'monthly-reminder': monthlyReminder,
		'print-batch': printBatch,
		'activate-at-till': activateAtTill,
		'support-agent': supportAgent,
		reconcile,
		'retry-loop': retryLoop,
		'gift-on-a-day': giftOnADay,
		'send-again': sendAgain,
		'balance-page': balancePage,
		'bookkeeper-report': bookkeeperReport,
		campaign,
		files: exampleFiles,
		'in-the-browser': inTheBrowser,
	};
	for (const [name, tests] of Object.entries(examples))
		if (wanted.length === 0 || wanted.includes(name))
			describe(name, { timeout: 600_000 }, () => tests(() => environment));

	it('keep to Dintero’s contract, stay on this machine and tell the log no secret', async () => {
		assert.deepEqual(environment.sandbox.violations, []);
		assert.deepEqual(await secretsWritten(environment.sandbox, [environment.n8n.logFile]), []);
		assert.deepEqual(await environment.outbound(), []);
	});
});
