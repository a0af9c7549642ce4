/**
 * For the mutation run: leaves out what a property of n8n only shows, which no reading depends on. That is
 *
 * - the texts `description`, `placeholder` and `hint` of any field or entry of a dropdown, and what a locator makes
 *   its own from (`what`, `example`, `search`);
 * - what n8n draws a property with (`type`, `typeOptions`, `modes`, `options`), where the property is written out: in a
 *   `property: {…}` or in a function that returns `INodeProperties`.
 *
 * and what means the same to JavaScript or to a test alone:
 *
 * - `kind`, which says what samples `test/fields/everyField.test.ts` sends: another word does not compile;
 * - `{ is: undefined }`, which reads like `{}`.
 *
 * A label, a name, a default, whether it is required, and the entries of a `choice` are part of reading and count: people
 * write labels into expressions, errors name them, and an untouched field holds its default.
 */
import type { Ignorer, NodePath } from '@stryker-mutator/api/ignore';
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** The parts of Babel's tree that are asked for here. */
interface Place extends NodePath {
	node: {
		type: string;
		key?: { name?: string };
		/** Of an object literal. */
		properties?: Array<{ key?: { name?: string }; value?: { name?: string } }>;
		returnType?: { typeAnnotation?: { typeName?: { name?: string } } };
	};
	parentPath: Place | null;
}

const TEXTS = new Set(['description', 'placeholder', 'hint', 'what', 'example', 'search']);
const CONTROLS = new Set(['type', 'typeOptions', 'modes', 'options']);

const onlyShown: Ignorer = {
	shouldIgnore(path) {
		const { node, parentPath } = path as Place;
		if (node.type === 'ObjectExpression') {
			const [first, ...further] = node.properties ?? [];
			const isUndefined = first?.key?.name === 'is' && first.value?.name === 'undefined';
			return isUndefined && further.length === 0 ? 'the same as {}' : undefined;
		}
		if (node.type !== 'ObjectProperty') return undefined;
		const name = node.key?.name ?? '';
		if (name === 'kind') return 'says what samples a test sends';
		if (TEXTS.has(name)) return 'a text that is only shown';
		return CONTROLS.has(name) && isInProperty(parentPath)
			? 'what n8n draws the property with'
			: undefined;
	},
};

/** Whether a place is within a `property: {…}`, or a function that returns `INodeProperties`. */
function isInProperty(place: Place | null): boolean {
	for (let at = place; at; at = at.parentPath) {
		const { type, key, returnType } = at.node;
		if (type === 'ObjectProperty' && key?.name === 'property') return true;
		if (returnType?.typeAnnotation?.typeName?.name === 'INodeProperties') return true;
	}
	return false;
}

export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'onlyShown', onlyShown)];
