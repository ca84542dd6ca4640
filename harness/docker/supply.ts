import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { quotedCommand } from '../core/command-line';
import { HarnessError } from '../core/errors';

const schema = z.record(z.string(), z.object({ image: z.string(), id: z.string(), source: z.string() }));

/** The images that setup found, pulled or built, and where each came from. */
export type Supply = z.infer<typeof schema>;

/** Where setup writes what it supplied. */
const SUPPLY_PATH = resolve('.rollproof', 'images.json');

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
