import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { HarnessError } from '../core/errors';
import { carryValues, namesOfValues } from './carried-values';
import { withServicesForContainers } from './container-names';
import { withOwnImages } from './image-steps';
import { withMachineNetworks } from './machine-networks';
import type { ComposeModel } from './model';
import { runOnUserProject, type UserProject } from './user-project';

export interface ParseOptions extends UserProject {
  readonly signal?: AbortSignal;
}

/** Only what everything else rests on; compose has checked the rest against its own schema. */
const shape = z.looseObject({ name: z.string(), services: z.record(z.string(), z.looseObject({})) });

/**
 * Resolves compose files by compose itself: interpolation, anchors, includes, short forms, relative paths. What only running them would
 * read of the user's folder and environment is resolved as well.
 * @throws HarnessError `compose-invalid` with compose's own message
 */
export async function parseProject({ signal, ...user }: ParseOptions): Promise<ComposeModel> {
  const model = await resolved(user, signal);
  const names = namesOfValues(model);
  const values = names.length === 0 ? {} : await valuesOf(user, names, signal);
  return carryValues(withServicesForContainers(withMachineNetworks(withOwnImages(model))), values);
}

async function resolved(user: UserProject, signal: AbortSignal | undefined): Promise<ComposeModel> {
  const watched = signal === undefined ? {} : { signal };
  const result = await runOnUserProject(user, ['config', '--format', 'json'], watched);
  if (result.exitCode !== 0) throw invalid(user.files, result.stderr.trim() || `exit code ${result.exitCode}`);
  const parsed = shape.safeParse(parseJson(result.stdout));
  if (!parsed.success) throw invalid(user.files, 'compose printed something else than a project with services');
  return parsed.data;
}

/** Variables as Compose finds them, in our environment or a file that it reads: it interpolates them for us. One that is not set is left out. */
async function valuesOf(
  user: UserProject,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'rollproof-values-'));
  try {
    const file = join(folder, 'values.json');
    const asked = Object.fromEntries(names.map((name) => [name, { is: `\${${name}-}`, isSet: `\${${name}+yes}` }]));
    writeFileSync(file, JSON.stringify({ 'x-rollproof-values': asked }));
    const model = await resolved({ ...user, files: [...user.files, file] }, signal);
    const answers = model['x-rollproof-values'] as Readonly<Record<string, { is: string; isSet: string }>>;
    return Object.fromEntries(
      Object.entries(answers).flatMap(([name, { is, isSet }]) => (isSet === 'yes' ? [[name, is]] : [])),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(files: readonly string[], message: string): HarnessError {
  return new HarnessError('compose-invalid', {
    message: `${files.join(', ')}: ${message}`,
    facts: { files, composeMessage: message },
    hint: `Check it with: docker compose ${files.map((file) => `-f ${file}`).join(' ')} config`,
  });
}
