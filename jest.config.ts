import type { Config } from 'jest';

const transform: NonNullable<Config['transform']> = {
  '\\.ts$': [
    '@swc/jest',
    { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
  ],
};

const common = {
  testEnvironment: 'node',
  transform,
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/reports/', '<rootDir>/.rollproof/'],
};

const temporaryFolder = {
  globalSetup: '<rootDir>/harness/jest/temporary-folder.ts',
  globalTeardown: '<rootDir>/harness/jest/temporary-folder-removal.ts',
};

/** `unit` needs nothing, `docker` needs an Engine, `long` as well and minutes a file (for the night), `scenarios` bring up the whole stack. */
const config: Config = {
  projects: [
    {
      ...common,
      displayName: 'unit',
      // In a test's realm a look-up of a global costs a call out of V8; as an argument of the module it costs nothing (simulations: 5 ×).
      sandboxInjectedGlobals: ['Math', 'Number', 'Float64Array', 'Infinity'],
      roots: ['<rootDir>/harness', '<rootDir>/tools', '<rootDir>/stack', '<rootDir>/setup'],
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.docker\\.test\\.ts$'],
      ...temporaryFolder,
    },
    {
      ...common,
      displayName: 'docker',
      roots: ['<rootDir>/harness', '<rootDir>/tools', '<rootDir>/stack'],
      testMatch: ['**/*.docker.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '\\.long\\.docker\\.test\\.ts$'],
      ...temporaryFolder,
    },
    {
      ...common,
      displayName: 'long',
      roots: ['<rootDir>/harness', '<rootDir>/tools'],
      testMatch: ['**/*.long.docker.test.ts'],
      ...temporaryFolder,
    },
    {
      ...common,
      displayName: 'scenarios',
      testEnvironment: '<rootDir>/harness/jest/environment.ts',
      roots: ['<rootDir>/scenarios'],
      testMatch: ['**/*.scenario.ts'],
      globalSetup: '<rootDir>/harness/jest/global-setup.ts',
      globalTeardown: '<rootDir>/harness/jest/global-teardown.ts',
    },
  ],
};

export default config;
