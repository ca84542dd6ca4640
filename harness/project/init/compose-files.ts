import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join, relative, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { quotedCommand } from '../../core/command-line';
import { HarnessError } from '../../core/errors';

/** In the order in which Compose looks for them (compose-go, `cli.DefaultFileNames` and `DefaultOverrideFileNames`). */
const NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDES = [
  ...['compose.override.yml', 'compose.override.yaml', 'docker-compose.override.yml', 'docker-compose.override.yaml'],
];

/**
 * The compose files of a folder as Compose itself finds them, relative to it: what `COMPOSE_FILE` names (in the environment, or in `.env`), else
 * the first of the usual names, with the first override.
 * @throws HarnessError `compose-invalid` where there is none
 */
export function findComposeFiles(directory: string, environment: NodeJS.ProcessEnv = process.env): string[] {
  const dotEnv = readDotEnv(directory);
  const named = environment['COMPOSE_FILE'] ?? dotEnv['COMPOSE_FILE'];
  if (named !== undefined && named !== '') {
    const separator = environment['COMPOSE_PATH_SEPARATOR'] ?? dotEnv['COMPOSE_PATH_SEPARATOR'] ?? delimiter;
    return named.split(separator).map((file) => relative(directory, resolve(directory, file)));
  }
  const firstOf = (names: readonly string[]) => names.filter((name) => existsSync(join(directory, name))).slice(0, 1);
  const found = firstOf(NAMES);
  if (found.length > 0) return [...found, ...firstOf(OVERRIDES)];
  throw new HarnessError('compose-invalid', {
    message: `${directory} holds no compose file: none of ${NAMES.join(', ')}`,
    facts: { directory },
    hint: `Go to the folder that holds yours, or name it: ${quotedCommand('init --file deploy/compose.yaml')}.`,
  });
}

function readDotEnv(directory: string): NodeJS.Dict<string> {
  const path = join(directory, '.env');
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
}
