/** IDs and times in Checkout's format. */
import { randomInt } from 'node:crypto';

const letters = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Account, dot, 22 letters and digits, as in all of Dintero's samples. */
export function newId(account: string): string {
	let id = '';
	for (let index = 0; index < 22; index++) id += letters[randomInt(letters.length)];
	return `${account}.${id}`;
}

/** Checkout's samples have milliseconds. */
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();
