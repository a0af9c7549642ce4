/** Reads and writes Excel workbooks with the library that n8n itself uses. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { n8nFolder } from '../scripts/project.mts';

interface Xlsx {
	utils: {
		aoa_to_sheet(rows: unknown[][]): unknown;
		sheet_to_json(sheet: unknown): unknown[];
		book_new(): unknown;
		book_append_sheet(book: unknown, sheet: unknown, name: string): void;
	};
	read(content: Buffer): { Sheets: Record<string, unknown>; SheetNames: string[] };
	write(book: unknown, options: { type: 'buffer'; bookType: 'xlsx' }): Buffer;
}
const xlsx = createRequire(path.join(n8nFolder, 'package.json'))('@e965/xlsx') as Xlsx;

export function writeExcel(rows: unknown[][]): Buffer<ArrayBuffer> {
	const book = xlsx.utils.book_new();
	xlsx.utils.book_append_sheet(book, xlsx.utils.aoa_to_sheet(rows), 'Ark1');
	return Buffer.from(xlsx.write(book, { type: 'buffer', bookType: 'xlsx' }));
}

/** The rows of the first sheet, keyed by its header row. */
export function readExcel<Row>(content: Buffer | undefined): Row[] {
	assert.ok(content, 'there is no workbook');
	const { Sheets, SheetNames } = xlsx.read(content);
	return xlsx.utils.sheet_to_json(Sheets[SheetNames[0]]) as Row[];
}

/**
 * Windows' code page 1252, which Excel in Norway uses for CSV files: ISO 8859-1 with extra characters from 0x80 to
 * 0x9f.
 */
export const cp1252 = (text: string): Buffer<ArrayBuffer> =>
	Buffer.from(text.replaceAll('–', '\u0096').replaceAll('€', '\u0080'), 'latin1');
