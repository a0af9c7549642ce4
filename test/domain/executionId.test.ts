import { parseExecutionId } from '../../nodes/Dintero/domain/executionId';

const id = (value: unknown) => parseExecutionId(value, 'Resume Execution ID');

test.each([
	'900',
	900,
	' 900\n',
	'#900',
	'ID#900',
	'ID # 900',
	'id#900',
	'https://n8n.example.com/workflow/abc/executions/900',
	'http://localhost:5678/workflow/abc/executions/900?foo=1',
	'https://n8n.example.com/base/workflow/abc/executions/900/',
	'https://n8n.example.com/workflow/abc/executions/debug/900',
	'n8n.example.com/workflow/abc/executions/900',
])('%p is 900', (value) => expect(id(value)).toBe('900'));

test.each([
	'0900',
	'9oo',
	'900.0',
	'9 00',
	'-900',
	'900,901',
	'Execution 900',
	'see https://n8n.example.com/workflow/abc/executions/900',
	'https://n8n.example.com/workflow/abc/executions/900 and more',
	[900],
	'900#1',
	'#',
	'0',
	'https://n8n.example.com/workflow/900',
	'https://n8n.example.com/workflow/abc/executions',
	'',
	'undefined',
	9.5,
	null,
	{},
	true,
])('%p is none', (value) =>
	expect(() => id(value)).toThrow(/^Resume Execution ID: .* is not the ID of an execution\. Copy/),
);
