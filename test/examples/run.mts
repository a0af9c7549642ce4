/** Imports every example into one real n8n and does with it what its README says. Prints the counts. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { exampleFiles } from './files.mts';
import { openHouse, type House } from './house.mts';
import { largeCampaign } from './large-campaign.mts';
import { monthlyReminder } from './monthly-reminder.mts';
import { activateAtTill, printBatch } from './print-and-activate.mts';
import { reconcile } from './reconcile.mts';
import { refundToCard } from './refund-to-card.mts';
import { soldOnline } from './sold-online.mts';
import { supportAgent } from './support-agent.mts';
import { secretsWritten } from '../support/writtenLogs.mts';

let house: House;

describe('The examples in a real n8n', { timeout: 1_800_000 }, () => {
	before(async () => (house = await openHouse()), { timeout: 600_000 });
	after(async () => await house?.stop());

	const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
	const examples = {
		'sold-online': soldOnline,
		'refund-to-card': refundToCard,
		'monthly-reminder': monthlyReminder,
		'print-batch': printBatch,
		'activate-at-till': activateAtTill,
		'support-agent': supportAgent,
		reconcile,
		'large-campaign': largeCampaign,
		files: exampleFiles,
	};
	for (const [name, tests] of Object.entries(examples))
		if (wanted.length === 0 || wanted.includes(name))
			describe(name, { timeout: 600_000 }, () => tests(() => house));

	it('keep to Dintero’s contract, stay on this machine and tell the log no secret', async () => {
		assert.deepEqual(house.sandbox.violations, []);
		assert.deepEqual(await secretsWritten(house.sandbox, [house.n8n.logFile]), []);
		assert.deepEqual(await house.outbound(), []);
	});
});
