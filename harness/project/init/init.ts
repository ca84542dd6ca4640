import { existsSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { instrument } from '../../compose/instrument';
import { planMounts } from '../../compose/mounts/plan';
import { parseProject } from '../../compose/parse';
import { ComposeProject } from '../../compose/project';
import { provideImages } from '../../compose/provide-images';
import { projectName } from '../../contract/config-file';
import { tearDown } from '../../core/bounded';
import { commandLine } from '../../core/command-line';
import { HarnessError } from '../../core/errors';
import type { Progress } from '../../core/progress';
import { preflight } from '../../docker/client';
import { sweepProject } from '../../docker/sweep';
import { provideSupply, supplied } from '../../docker/supply';
import { Guardian } from '../../faults/guardian';
import { takeProject } from '../locks';
import { forgetMounts } from '../mount-file';
import { makeMounts } from '../stack-mounts';
import { findComposeFiles } from './compose-files';
import { describedRequests } from './described-requests';
import { CONFIG_FILE, initFiles } from './files';
import { guess, type Guesses } from './guess';
import { lookAtProject } from './look';

export interface InitOptions {
  /** Of the project. */
  readonly directory: string;
  /** Compose files, relative to the folder. Default: those that Compose finds. */
  readonly files: readonly string[];
  /** From which a configuration here imports rollproof. */
  readonly module: string;
  /** For how long the running project is looked at, ms. */
  readonly lookMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** What was found, and what would be written. */
export interface Found {
  readonly guesses: Guesses;
  /** By name. */
  readonly files: Readonly<Record<string, string>>;
}

const UP_TIMEOUT_MS = 600_000;
const DOWN_TIMEOUT_MS = 60_000;

/**
 * Brings the project up as it is, without a front, beside whatever of it runs already; looks at it for a while, takes it down, and says what a
 * configuration can be begun with. Writes nothing.
 * @throws HarnessError `compose-invalid`, `compose-up-failed`, `service-unsupported`, `image-not-built`, `image-not-pulled`, `init-would-overwrite`
 */
export async function findConfiguration(options: InitOptions): Promise<Found> {
  const { directory, progress, signal } = options;
  const composeFiles = options.files.length > 0 ? options.files : findComposeFiles(directory);
  refuseOverwriting(directory, [CONFIG_FILE]);
  await preflight();
  const name = stackName(directory);
  // That of the configuration to be: what is built now is there when it comes up.
  const project = projectName(name, join(directory, CONFIG_FILE));
  const supply = await provideSupply(['front', 'helper'], { signal, progress });
  const files = composeFiles.map((file) => resolve(directory, file));
  const model = await parseProject({ files, projectName: project, directory, signal });
  progress.step('found the project', { files: composeFiles.join(', '), services: Object.keys(model.services).length });
  await provideImages({ files, projectName: project, directory }, model, {
    signal,
    onStep: (message) => progress.step(message),
  });
  const stateDir = resolve('.rollproof', project);
  using _lock = takeProject({ stateDirectory: stateDir, project, command: commandLine('init') });
  await sweepProject(project);
  const helperImage = supplied(supply, 'helper');
  const guardian = await Guardian.start({ project, helperImage, mode: 'ephemeral' });
  const compose = new ComposeProject({ project, stateDir });
  try {
    forgetMounts(stateDir);
    const loaded = { config: {}, directory, project, stateDirectory: stateDir };
    const mounts = planMounts(await makeMounts({ loaded, helperImage, model, revisions: [], signal }));
    const asItIs = { managed: {}, revisions: [], frontImage: supplied(supply, 'front'), publish: 'ephemeral' } as const;
    compose.write(instrument({ model, project, mounts, ...asItIs }));
    progress.step('bringing it up');
    await compose.up({ wait: false, timeoutMs: UP_TIMEOUT_MS, signal });
    progress.step(`looking at it for ${options.lookMs / 1_000} s`);
    const described = describedRequests(directory);
    const also = described.map(({ path }) => path);
    const facts = await lookAtProject({ project, model, helperImage, also, forMs: options.lookMs, signal });
    const guesses = guess(facts, described);
    const said = initFiles({ ...guesses, name, composeFiles, module: options.module, lookedMs: options.lookMs });
    return { guesses, files: said };
  } finally {
    progress.step('taking it down');
    await tearDown([
      {
        name: 'removing the project',
        timeoutMs: DOWN_TIMEOUT_MS,
        run: (late) => compose.down({ volumes: true, signal: late }),
      },
      { name: 'the guardian', timeoutMs: DOWN_TIMEOUT_MS, run: () => guardian.stop() },
    ]);
  }
}

/** Writes the files of a new configuration. @throws HarnessError `init-would-overwrite`; then none is written */
export function writeConfiguration(directory: string, files: Readonly<Record<string, string>>): void {
  refuseOverwriting(directory, Object.keys(files));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { flag: 'wx' });
}

function refuseOverwriting(directory: string, names: readonly string[]): void {
  const taken = names.find((name) => existsSync(join(directory, name)));
  if (taken === undefined) return;
  throw new HarnessError('init-would-overwrite', {
    message: `${join(directory, taken)} is there already`,
    facts: { directory, file: taken },
    hint: 'Nothing is ever overwritten: move it away, and run this again.',
  });
}

/** A folder's name as a configuration may have it. */
function stackName(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24);
  return name === '' ? 'stack' : name;
}
