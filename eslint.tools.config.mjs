// Lint for what is never published (sandbox, demo, bench, scripts, test support). The published code is
// linted by `n8n-node lint` with n8n's own untouched eslint.config.mjs.
import { globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default tseslint.config(
	globalIgnores(['dist', '**/node_modules', '**/.run', '.cache', '**/*.ts', 'coverage', 'reports']),
	{ files: ['**/*.mts'], extends: [tseslint.configs.recommended] },
);
