import { HarnessError } from '../core/errors';
import { contentHash } from '../core/ids';
import type { ScenarioContext } from './context';

/** One hypothesis about the stack, and how to try it. */
export interface Scenario {
  /** From the title: stable, for links and the journal. */
  readonly id: string;
  /** What should happen, as a sentence. */
  readonly title: string;
  readonly run: (context: ScenarioContext) => Promise<void>;
}

/** What takes scenarios as their files are loaded: Jest's environment, or the CLI. */
export type ScenarioRegistrar = (scenario: Scenario) => void;

const REGISTRAR = Symbol.for('rollproof.registrar');

interface RegistrarHost {
  [REGISTRAR]?: ScenarioRegistrar;
}

/** Makes `registrar` the taker of scenarios in the realm of `host`. */
export function setRegistrar(host: object, registrar: ScenarioRegistrar): void {
  (host as RegistrarHost)[REGISTRAR] = registrar;
}

/**
 * Declares a scenario. Under Jest it becomes a test; under `rollproof start` it is an act of the run.
 * @throws HarnessError `no-runner` when neither has loaded the file
 */
export function scenario(title: string, run: (context: ScenarioContext) => Promise<void>): void {
  const registrar = (globalThis as RegistrarHost)[REGISTRAR];
  if (registrar === undefined) {
    throw new HarnessError('no-runner', {
      message: `nothing runs the scenario "${title}"`,
      hint: 'Run it with `rollproof start FILE`, or with Jest in the project `scenarios`.',
    });
  }
  registrar({ id: slug(title), title, run });
}

/** Readable, and different for different titles. */
function slug(title: string): string {
  return `${words(title)}-${contentHash(title).slice(0, 4)}`;
}

function words(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 80);
}
