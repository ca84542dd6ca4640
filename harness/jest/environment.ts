import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import { TestEnvironment } from 'jest-environment-node';
import { basename, dirname } from 'node:path';
import type { Scenario } from '../scenario/scenario';
import { onlyOnce, setRegistrar } from '../scenario/scenario';
import { heldSession } from './held-session';

/** Scenario files by id, over the whole run: Jest makes an environment for each file, in one process. */
const known = new Map<string, string>();

/** Turns every `scenario(…)` of a file into a test that runs on the stack which `global-setup` brought up. */
export default class ScenarioEnvironment extends TestEnvironment {
  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    const phase = basename(dirname(context.testPath));
    const register = ({ id, title, run }: Scenario) => {
      // Jest puts `test` into the realm after this constructor, and before it loads the file.
      const { test } = this.global as unknown as { test: (name: string, body: () => Promise<void>) => void };
      test(title, () => heldSession().runOrThrow({ id, title, run }, phase));
    };
    setRegistrar(this.global, onlyOnce(known, context.testPath, register));
  }
}
