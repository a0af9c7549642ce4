// Shared by the sandbox's pages: elements, amounts, and requests to the sandbox. Text from outside (card IDs,
// references) is put on a page only with textContent.

export const $ = (id) => document.getElementById(id);

/** Creates an element; children are elements or plain text. */
export function element(tag, properties = {}, ...children) {
	const made = Object.assign(document.createElement(tag), properties);
	made.append(...children);
	return made;
}

export async function ask(method, path, body) {
	const response = await fetch(`/_sandbox${path}`, {
		method,
		body: body && JSON.stringify(body),
		headers: body && { 'content-type': 'application/json' },
	});
	const answer = await response.json();
	if (!response.ok) throw new Error(answer.error.message);
	return answer;
}

export const money = (minor, currency) =>
	new Intl.NumberFormat('nb-NO', { style: 'currency', currency }).format(minor / 100);

/** Parses typed text into minor units, or `undefined`. */
export function minorOf(typed) {
	const amount = typed.replaceAll(/\s/g, '').replace(',', '.');
	return /^\d+(\.\d{1,2})?$/.test(amount) ? Math.round(Number(amount) * 100) : undefined;
}
