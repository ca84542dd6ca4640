import type { EnvironmentContext, JestEnvironmentConfig } from '@jest/environment';
import { TestEnvironment } from 'jest-environment-node';
import { basename, dirname } from 'node:path';
import { SCENARIO_TIMEOUT_MS, onlyOnce, setRegistrar, type Scenario } from '../scenario/scenario';
import { hasItsTime, listed } from '../scenario/selection';
import { heldSession } from './held-session';

/** Scenario files by id, over the whole run: Jest makes an environment for each file, in one process. */
const known = new Map<string, string>();

/** A scenario ends by its own time; until then the stack has become warm and quiet before it, and what it left is closed after it. */
const AROUND_MS = 300_000;

type Test = (name: string, body: () => Promise<void>, timeoutMs: number) => void;

/**
 * Turns every `scenario(…)` of a file into a test that runs on the stack which `global-setup` brought up. `ROLLPROOF_TAGS=slow,matrix` chooses
 * by tags; without it what is for the night is left out.
 */
export default class ScenarioEnvironment extends TestEnvironment {
  constructor(config: JestEnvironmentConfig, context: EnvironmentContext) {
    super(config, context);
    const phase = basename(dirname(context.testPath));
    const tags = listed(process.env['ROLLPROOF_TAGS']);
    const register = (scenario: Scenario) => {
      // Jest puts `test` into the realm after this constructor, and before it loads the file.
      const { test } = this.global as unknown as { test: Test & { readonly only: Test; readonly skip: Test } };
      const declare = !hasItsTime(scenario, { tags }) ? test.skip : scenario.only === true ? test.only : test;
      const limitMs = (scenario.timeoutMs ?? SCENARIO_TIMEOUT_MS) + AROUND_MS;
      declare(scenario.title, () => heldSession().runOrThrow(scenario, phase), limitMs);
    };
    setRegistrar(this.global, onlyOnce(known, context.testPath, register));
  }
}
