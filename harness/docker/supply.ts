import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { runCommand } from '../core/command';
import { quotedCommand } from '../core/command-line';
import { HarnessError } from '../core/errors';
import { PACKAGE_ROOT, isInstalled } from '../core/package-root';
import type { Progress } from '../core/progress';
import { LineSplitter } from './demux';

const schema = z.record(z.string(), z.object({ image: z.string(), id: z.string(), source: z.string() }));

/** The images that setup found, pulled or built, and where each came from. */
export type Supply = z.infer<typeof schema>;

/** Where setup writes what it supplied: of which image the user's project takes what. The images are the Engine's, and found by their content. */
const SUPPLY_PATH = resolve('.rollproof', 'images.json');

const SETUP = join(PACKAGE_ROOT, 'setup', 'main.js');

/** So much of what setup said last is told when it fails, lines. */
const TOLD_LINES = 12;

export interface SupplyOptions {
  readonly signal: AbortSignal;
  readonly progress?: Progress;
}

/**
 * The supply with the images of components. Where npm installed us, what lacks is brought first, which takes minutes once for an Engine; in the
 * repository setup runs before every command.
 * @throws HarnessError `supply-missing`
 */
export async function provideSupply(components: readonly string[], options: SupplyOptions): Promise<Supply> {
  if (isInstalled) await bring(components, options);
  return readSupply();
}

async function bring(components: readonly string[], { signal, progress }: SupplyOptions): Promise<void> {
  const said: string[] = [];
  const lines = new LineSplitter((line) => {
    said.push(line);
    progress?.step(line);
  });
  const { exitCode, how } = await runCommand({
    ...{ command: process.execPath, args: [SETUP, '--quiet', ...components], signal },
    // A command that brings a stack up is no leave to change the machine.
    env: { ...process.env, ROLLPROOF_NO_INSTALL: '1' },
    onOutput: (chunk) => lines.push(chunk),
  });
  if (exitCode === 0) return;
  throw new HarnessError('supply-missing', {
    message: `the images that rollproof needs are not there, and could not be had: ${how}\n${said.slice(-TOLD_LINES).join('\n')}`,
    facts: { components },
    hint: `${quotedCommand('setup')} tries again; what was built is kept.`,
  });
}

/** @throws HarnessError `supply-missing` */
export function readSupply(path: string = SUPPLY_PATH): Supply {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new HarnessError('supply-missing', {
      message: `${path} does not say which images there are`,
      hint: `Run ${quotedCommand('setup')}.`,
      cause,
    });
  }
}

/** The reference of one component's image. */
export function supplied(supply: Supply, component: string): string {
  const entry = supply[component];
  if (entry === undefined) {
    throw new HarnessError('supply-missing', {
      message: `setup supplied no image for ${component}`,
      hint: `Run ${quotedCommand('setup')}.`,
    });
  }
  return entry.image;
}
