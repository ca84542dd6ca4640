import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { RESOURCE_KEYS } from '../harness/compose/support/resources';
import { SERVICE_KEYS } from '../harness/compose/support/services';
import type { Answer, Support } from '../harness/compose/support/support';

export const COMPOSE_PAGE = 'docs/compose.md';

const WORDS: Readonly<Record<Answer, string>> = { works: 'works', told: 'works, told', refused: 'refused' };

/** The page that says of every key of compose files what becomes of it. */
export function composePage(): string {
  return [
    '# Compose files',
    '',
    'What becomes of each key. _Works_: it means what it means to `docker compose up`. _Works, told_: `rollproof status` says where it is other. _Refused_: nothing comes up, and the message names the key. A key that is not here is passed on as it is.',
    '',
    'Compose itself reads the files, beside the configuration and with your environment: `.env`, `env_file`, `include`, `extends`, `!reset`, `COMPOSE_PROFILES` and `COMPOSE_ENV_FILES` do what they do there. `composeFiles` stands for `-f`, and so wins over `COMPOSE_FILE`; the name of the project is ours, whatever `COMPOSE_PROJECT_NAME` says. Mounts and several ports have more to them than a table can say.',
    '',
    'Made from `harness/compose/support/` by `npx tsx tools/main.ts compose-page`.',
    '',
    ...table('Services', SERVICE_KEYS),
    '',
    ...table('The rest', RESOURCE_KEYS),
    '',
  ].join('\n');
}

function table(title: string, rows: readonly Support[]): string[] {
  const sorted = [...rows].sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  const cells = sorted.map(({ key, when, answer, why = '' }) => {
    const name = `\`${key.replace(/^services\./, '')}\``;
    return [when === undefined ? name : `${name}: ${when}`, WORDS[answer], why];
  });
  const head = ['key', 'answer', ''];
  const widths = head.map((word, column) => Math.max(3, word.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [`## ${title}`, '', ...[head, rule, ...cells].map(line)];
}

export function addComposePage(program: Command): void {
  program
    .command('compose-page')
    .description(`write ${COMPOSE_PAGE} from what is declared of each key`)
    .action(() => {
      writeFileSync(COMPOSE_PAGE, composePage());
      process.stdout.write(`${COMPOSE_PAGE}\n`);
    });
}
