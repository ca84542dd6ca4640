import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { finish } from '../../harness/cli/help';
import { captureCommand } from '../../harness/core/command';
import { interruptible } from '../../harness/core/interrupt';
import { HarnessError } from '../../harness/core/errors';
import { readSupply } from '../../harness/docker/supply';

/** Built by set-up: our own images and the shop's. What a project keeps of its revisions has one more `/`. */
const OWN = /^(?:rollproof|shop)\/[^/]+:/;

const SAVE_MS = 900_000;

/** `tools keep-images FILE [IMAGE…]`: writes images to an archive that `docker load` reads; by default all that set-up has supplied. */
async function keepImages(file: string, images: readonly string[], signal: AbortSignal): Promise<number> {
  const names = images.length > 0 ? images : await suppliedNames(signal);
  mkdirSync(dirname(file), { recursive: true });
  await docker(['save', '--output', file, ...names], signal);
  process.stdout.write(`${file}: ${names.length} images\n`);
  return 0;
}

async function suppliedNames(signal: AbortSignal): Promise<string[]> {
  const present = await docker(['images', '--format', '{{.Repository}}:{{.Tag}}'], signal);
  const own = present.split('\n').filter((name) => OWN.test(name) && !name.endsWith(':<none>'));
  return [...new Set([...Object.values(readSupply()).map(({ image }) => image), ...own])].sort();
}

async function docker(args: readonly string[], signal: AbortSignal): Promise<string> {
  const { exitCode, how, stdout, stderr } = await captureCommand({
    command: 'docker',
    args,
    signal,
    timeoutMs: SAVE_MS,
  });
  if (exitCode === 0) return stdout;
  throw new HarnessError('image-not-found', { message: `docker ${args[0]}: ${how}: ${stderr.trim()}` });
}

export function addKeepImages(program: Command): void {
  program
    .command('keep-images')
    .description('write the images that set-up has supplied to an archive, for a cache of a workflow')
    .argument('<file>', 'the archive')
    .argument('[images...]', 'only these')
    .action((file: string, images: string[]) => finish(interruptible((signal) => keepImages(file, images, signal))));
}
