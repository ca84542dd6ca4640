import { HarnessError } from '../core/errors';
import { contentHash } from '../core/ids';
import type { Place } from '../contract/lines/scenario';
import type { ScenarioContext } from './context';

/** How a scenario is tried. */
export interface ScenarioOptions {
  /** Words by which a run chooses: `rollproof start --tag slow`. `nightly` keeps it for the night. Default: none. */
  readonly tags?: readonly string[];
  /** From its first line to its last, ms; what cleans up after it has times of its own. Default {@link SCENARIO_TIMEOUT_MS}. */
  readonly timeoutMs?: number;
}

/** What a scenario does. */
export type ScenarioBody = (context: ScenarioContext) => Promise<void>;

/** One hypothesis about the stack, and how to try it. */
export interface Scenario extends ScenarioOptions {
  /** From the title: stable, for links and the journal. */
  readonly id: string;
  /** What should happen, as a sentence. */
  readonly title: string;
  readonly run: ScenarioBody;
  /** Why it is not run. */
  readonly skip?: string;
  /** Of its file only those that say so are run. */
  readonly only?: boolean;
  /** Where it is declared. */
  readonly place?: Place;
}

/** A scenario that is declared without a time of its own is cut off then, ms: a rollout with a bake takes one or two minutes, an alert three. */
export const SCENARIO_TIMEOUT_MS = 300_000;

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
 * Gives a scenario to whatever loads its file.
 * @throws HarnessError `no-runner` when nothing does
 */
export function register(scenario: Omit<Scenario, 'id'>): void {
  const registrar = (globalThis as RegistrarHost)[REGISTRAR];
  if (registrar === undefined) {
    throw new HarnessError('no-runner', {
      message: `nothing runs the scenario "${scenario.title}"`,
      hint: 'Run it with `rollproof start FILE`, or with Jest in the project `scenarios`.',
    });
  }
  registrar({ ...scenario, id: slug(scenario.title) });
}

/**
 * A registrar that refuses a title which another scenario of the run has: one's verdict would stand for both.
 * @param known files by scenario id; kept over all files of a run
 * @throws HarnessError `duplicate-scenario`
 */
export function onlyOnce(known: Map<string, string>, file: string, registrar: ScenarioRegistrar): ScenarioRegistrar {
  const here = new Set<string>();
  return (scenario) => {
    const other = here.has(scenario.id) ? file : known.get(scenario.id);
    if (here.has(scenario.id) || (other !== undefined && other !== file)) {
      throw new HarnessError('duplicate-scenario', {
        message: `two scenarios are called "${scenario.title}": in ${other} and in ${file}`,
        facts: { title: scenario.title, files: [other, file] },
        hint: 'Give one of them another title: the report and the verdict go by it.',
      });
    }
    here.add(scenario.id);
    known.set(scenario.id, file);
    registrar(scenario);
  };
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
