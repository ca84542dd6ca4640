import { join } from 'node:path';

const beside = (name: string) => join(__dirname, name);

/**
 * Jest's preset for scenarios: `export default { preset: 'rollproof/jest' }`. Brings the stack up once for all files, and takes it down after
 * them. Scenarios share it, so they run one after another: a configuration with `projects` says `maxWorkers: 1` itself.
 */
export = {
  testMatch: ['**/*.scenario.ts'],
  testEnvironment: beside('environment'),
  globalSetup: beside('global-setup'),
  globalTeardown: beside('global-teardown'),
  transform: { '\\.[cm]?ts$': beside('transform') },
  maxWorkers: 1,
};
