import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PipelineEntry } from '../../delivery/pipeline/history';

const PREFIX = 'rollproof-checkout-';

/** A folder for one checkout, away from every other repository: what is run in it finds no configuration and no modules but its own. */
export function newCheckout(): string {
  return join(mkdtempSync(join(tmpdir(), PREFIX)), 'source');
}

/** Removes a checkout that {@link newCheckout} made, and nothing else. */
function dropCheckout(directory: string): void {
  const folder = dirname(directory);
  if (basename(folder).startsWith(PREFIX)) rmSync(folder, { recursive: true, force: true });
}

/** Nobody needs the checkouts of earlier pipelines; of one that was stopped its own is kept for a retry. */
export function dropCheckouts(entries: readonly PipelineEntry[], except?: string): void {
  for (const directory of new Set(entries.map(({ products }) => products.directory))) {
    if (directory !== except) dropCheckout(directory);
  }
}
