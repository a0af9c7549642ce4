/** Checks the parts of the message about an unusable value, so that tests do not repeat whole sentences. */
import { InvalidInput } from '../../nodes/Dintero/domain/invalidInput';

/** Fails unless `read` refuses with this field, problem and way out. @returns the whole message */
export function expectRefusal(
	read: () => unknown,
	field: string,
	problem: RegExp,
	wayOut: RegExp,
): string {
	let refusal: unknown = 'it was read';
	try {
		refusal = { read: read() };
	} catch (error) {
		refusal = error;
	}
	expect(refusal).toBeInstanceOf(InvalidInput);
	expect(refusal).toMatchObject({
		field,
		problem: expect.stringMatching(problem) as string,
		wayOut: expect.stringMatching(wayOut) as string,
	});
	return (refusal as InvalidInput).message;
}
