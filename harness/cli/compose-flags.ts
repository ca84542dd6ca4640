import type { Command } from 'commander';
import { chooseCompose } from '../contract/compose-choice';
import { also } from './help';

interface ComposeFlags {
  readonly file: readonly string[];
  readonly profile: readonly string[];
  readonly envFile: readonly string[];
  readonly projectDirectory?: string;
}

/** What was said, for whoever tells how to say it again. */
let said: readonly string[] = [];

/** Adds the flags by which `docker compose` is told of a project, for commands that read it. */
export function withCompose(command: Command): Command {
  return command
    .option('-f, --file <file>', 'a compose file, instead of those of the configuration; may be repeated', also, [])
    .option('--profile <name>', 'a profile of the compose files; may be repeated', also, [])
    .option('--env-file <file>', 'a file of variables, instead of .env; may be repeated', also, [])
    .option('--project-directory <folder>', 'where paths in the compose files start; default: the folder of the first')
    .hook('preAction', (_program, one) => choose(one.opts<ComposeFlags>()));
}

function choose({ file, profile, envFile, projectDirectory }: ComposeFlags): void {
  const flag = (name: string, values: readonly string[]) => values.map((value) => `${name} ${value}`);
  said = [
    ...flag('-f', file),
    ...flag('--profile', profile),
    ...flag('--env-file', envFile),
    ...flag('--project-directory', projectDirectory === undefined ? [] : [projectDirectory]),
  ];
  chooseCompose({
    ...{ files: file, profiles: profile, envFiles: envFile },
    ...(projectDirectory === undefined ? {} : { projectDirectory }),
  });
}

/** The words that name the same stack again. */
export function stackWords(config: string): string {
  return [`--config ${config}`, ...said].join(' ');
}
