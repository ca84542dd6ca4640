import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { HarnessError, errorMessage, isHarnessError } from '../core/errors';
import { importUserModule } from '../core/user-module';
import { onlyOnce, setRegistrar, type Scenario } from '../scenario/scenario';
import { NIGHTLY, selected, type Selection } from '../scenario/selection';

/** A scenario of a file, as a run tries it. */
export interface Act {
  readonly scenario: Scenario;
  /** The folder of its file. */
  readonly phase: string;
  readonly file: string;
}

async function importScenarios(path: string): Promise<void> {
  try {
    await importUserModule(path);
  } catch (cause) {
    if (isHarnessError(cause)) throw cause;
    throw new HarnessError('scenario-invalid', {
      message: `${path} cannot be loaded: ${errorMessage(cause)}`,
      hint: 'Check it with `npx tsc --noEmit`.',
      cause,
    });
  }
}

/**
 * Loads scenario files, and gives of each the scenarios that a run tries.
 * @throws HarnessError `no-scenarios`, `scenario-invalid`, `duplicate-scenario`, `only-in-ci`
 */
export async function loadScenarios(files: readonly string[], selection: Selection = {}): Promise<Act[]> {
  const acts: Act[] = [];
  const known = new Map<string, string>();
  let count = 0;
  for (const file of files) {
    const path = resolve(file);
    if (!existsSync(path))
      throw new HarnessError('no-scenarios', {
        message: `no scenario file at ${file}`,
        hint: 'List them with `ls scenarios/*`.',
      });
    const phase = basename(dirname(path));
    const declared: Scenario[] = [];
    setRegistrar(
      globalThis,
      onlyOnce(known, file, (scenario) => declared.push(scenario)),
    );
    await importScenarios(path);
    count += declared.length;
    acts.push(...selected(declared, selection).map((scenario) => ({ scenario, phase, file })));
  }
  if (acts.length === 0 && count > 0) throw noneSelected(count, selection);
  if (acts.length === 0) {
    throw new HarnessError('no-scenarios', {
      message: `${files.join(', ')} declare no scenario`,
      hint: 'Declare one with `scenario(title, async ({ load, deploy, expect }) => { … })`.',
    });
  }
  return acts;
}

function noneSelected(count: number, { tags = [], named = [] }: Selection): HarnessError {
  const wanted = named.length > 0 ? `is called ${named.join(', ')}` : `is tagged ${tags.join(', ')}`;
  return new HarnessError('no-scenarios', {
    message:
      tags.length + named.length > 0
        ? `of ${count} scenarios none ${wanted}`
        : `all ${count} scenarios are for the night`,
    facts: { count, tags, named },
    hint: `Name them with \`--scenario\`, or by a tag: \`--tag ${NIGHTLY}\`.`,
  });
}
