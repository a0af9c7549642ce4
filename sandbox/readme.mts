/** Writes the table of switches into README.md: `node sandbox/readme.mts`. A test fails when it is outdated. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { switchTable } from './switches.mts';

const file = fileURLToPath(new URL('./README.md', import.meta.url));
const [start, end] = ['<!-- switches -->', '<!-- /switches -->'];

const unknowns = readFileSync(new URL('../docs/dintero-unknowns.md', import.meta.url), 'utf8')
	.split(/^### (?=U\d)/m)
	.slice(1);

/** The questions of docs/dintero-unknowns.md that name a switch. */
const questionsOf = (name: string): string =>
	unknowns
		.filter((entry) => entry.includes(`\`${name}\``))
		.map((entry) => /^U\d+/.exec(entry)?.[0])
		.join(' ');

function table(): string {
	const rows = Object.entries(switchTable).map(([name, { note, initial, options }]) => {
		const others = (options as readonly unknown[] | undefined)
			?.filter((option) => option !== initial)
			.map((option) => `\`${String(option)}\``);
		const cells = [`\`${name}\``, note, `\`${JSON.stringify(initial)}\``, others?.join(' ') ?? '…'];
		return `| ${cells.join(' | ')} | ${questionsOf(name)} |`;
	});
	return [
		'| switch | what it decides | default | others | question |',
		'|---|---|---|---|---|',
		...rows,
	].join('\n');
}

/** README.md as it is and as it should be. */
export function readme(): { is: string; shouldBe: string } {
	const is = readFileSync(file, 'utf8');
	const [before, rest] = is.split(start);
	const after = rest.split(end)[1];
	return { is, shouldBe: `${before}${start}\n\n${table()}\n\n${end}${after}` };
}

if (process.argv[1] === file.replace('README.md', 'readme.mts')) {
	writeFileSync(file, readme().shouldBe);
}
