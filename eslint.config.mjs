import js from '@eslint/js';
import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';

/** The rooms of `harness/`, floor by floor, from the ground. A file imports its own room, rooms of lower floors, and those before it on its own. */
const FLOORS = [
  ['core', 'statistics', 'contract'],
  ['docker', 'compose'],
  ['front', 'load', 'alerting'],
  ['faults', 'observe'],
  ['delivery'],
  ['verdict', 'diagnosis'],
  ['report'],
  ['project', 'scenario', 'nightly'],
  ['cli', 'jest'],
];
const ROOMS = FLOORS.flat();
/** Files into which a room of a higher floor may not look although they lie below. */
const REPORT_READS = ['core', 'statistics', 'contract'];

/** Folders that only compute. They never import what talks to an Engine or a network. */
const PURE = [
  'harness/core/**/*.ts',
  'harness/verdict/**/*.ts',
  'harness/compose/instrument.ts',
  'harness/compose/mounts/{allow,layers,machine-trees,named-volumes,paths,plan,record,refusals,scripts,stand-in,wanted}.ts',
  'harness/front/config.ts',
  'harness/alerting/define-alert.ts',
  'harness/alerting/kinds/**/*.ts',
  'harness/report/**/*.ts',
];

export default tseslint.config(
  { ignores: ['**/node_modules/', 'dist/', 'reports/', '.rollproof/', 'stack/services/dist/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      // What a `using` holds is let go before a promise that is returned without being awaited has come to anything.
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-console': 'error',
    },
  },
  {
    files: ['harness/**/*.ts', 'scenarios/**/*.ts'],
    ignores: ['harness/core/clock.ts', 'harness/core/random.ts', 'harness/faults/agent/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Use core/clock.',
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Use core/clock.' },
        { selector: 'CallExpression[callee.name=/^set(Timeout|Interval)$/]', message: 'Use core/clock or core/poll.' },
        {
          selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
          message: 'Use core/random.',
        },
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
    },
  },
  {
    files: ['harness/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**', 'harness/faults/agent/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Map', property: 'groupBy', message: 'Node 20 has none: use core/group-by.' },
        { object: 'Promise', property: 'withResolvers', message: 'Node 20 has none: use core/deferred.' },
      ],
    },
  },
  {
    // Jest finds environments, set-up and teardown by their default export.
    files: ['harness/jest/*.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['harness/**/*.ts'],
    // Tests look where they like, and the index is what is seen from outside.
    ignores: ['harness/**/*.test.ts', 'harness/index.ts'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': [...ROOMS.map((room) => ({ type: room, pattern: `harness/${room}` }))],
      'import/resolver': { node: { extensions: ['.ts', '.js'] } },
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          checkUnknownLocals: true,
          policies: [
            ...ROOMS.map((room, place) => ({
              from: { element: { type: room } },
              allow: {
                to: { element: { types: { anyOf: room === 'report' ? REPORT_READS : ROOMS.slice(0, place + 1) } } },
              },
            })),
          ],
        },
      ],
    },
  },
  {
    files: ['harness/**/*.ts', 'tools/**/*.ts'],
    ignores: ['**/*.test.ts', '**/testing/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [{ name: 'testcontainers', message: 'It runs what stands alone in tests: docs/development.md.' }] },
      ],
    },
  },
  {
    files: PURE,
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['**/docker/*', '!**/docker/labels', 'dockerode', 'testcontainers', 'axios'],
              message: 'A pure folder does no I/O.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['scenarios/**/*.scenario.ts', 'scenarios/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/harness/*'], message: 'Scenarios import `harness` only.' }] },
      ],
    },
  },
  {
    files: ['setup/**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        require: 'readonly',
        module: 'writable',
        process: 'readonly',
        __dirname: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
);
