import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { wallIso } from '../core/clock';
import type { LoadedConfig } from '../contract/config-file';

const schema = z.object({ command: z.string(), since: z.string() });

/** A stack that a command left up on purpose. */
export type KeptStack = z.infer<typeof schema>;

const pathOf = (loaded: LoadedConfig) => join(loaded.stateDirectory, 'kept.json');

/** The stack that was left up, if any. */
export function keptStack(loaded: LoadedConfig): KeptStack | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(pathOf(loaded), 'utf8')));
  } catch {
    return undefined; // No file, or one of another version: nothing that we could take hold of.
  }
}

export function rememberKeptStack(loaded: LoadedConfig, by: { readonly rerun: string }): void {
  if (keptStack(loaded) !== undefined) return;
  mkdirSync(loaded.stateDirectory, { recursive: true, mode: 0o700 });
  const kept: KeptStack = { command: by.rerun, since: wallIso() };
  writeFileSync(pathOf(loaded), `${JSON.stringify(kept)}\n`, { mode: 0o600 });
}

export function forgetKeptStack(loaded: LoadedConfig): void {
  rmSync(pathOf(loaded), { force: true });
}
