/** Writes the table of switches into README.md: `node sandbox/readme.mts`. A test says when it is due. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { switchTable } from './switches.mts';

const file = fileURLToPath(new URL('./README.md', import.meta.url));
const [start, end] = ['<!-- switches -->', '<!-- /switches -->'];

function table(): string {
	const rows = Object.entries(switchTable).map(([name, { section, note, initial, options }]) => {
		const others = (options as readonly unknown[] | undefined)
			?.filter((option) => option !== initial)
			.map((option) => `\`${String(option)}\``);
		const cells = [`\`${name}\``, note, `\`${JSON.stringify(initial)}\``, others?.join(' ') ?? '…'];
		return `| ${cells.join(' | ')} | ${section} |`;
	});
	return [
		'| switch | what it decides | default | others | § |',
		'|---|---|---|---|---|',
		...rows,
	].join('\n');
}

/** README.md as it is, and as it should be. */
export function readme(): { is: string; shouldBe: string } {
	const is = readFileSync(file, 'utf8');
	const [before, rest] = is.split(start);
	const after = rest.split(end)[1];
	return { is, shouldBe: `${before}${start}\n\n${table()}\n\n${end}${after}` };
}

if (process.argv[1] === file.replace('README.md', 'readme.mts')) {
	writeFileSync(file, readme().shouldBe);
}
