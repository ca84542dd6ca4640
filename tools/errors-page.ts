import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ENDINGS } from '../harness/contract/endings';
import { ERROR_CODES, type ErrorKind } from '../harness/core/error-codes';

export const ERRORS_PAGE = 'docs/errors.md';

const KINDS: Readonly<Record<ErrorKind, readonly [title: string, meaning: string]>> = {
  'cannot-run': [
    'Cannot run here',
    'The machine, the configuration, a scenario or the command line must change before anything can be tried.',
  ],
  release: ['The release', 'The new revision is at fault. A stack that takes it back by itself has done well.'],
  stack: ['The stack', 'The stack under test is at fault.'],
  inconclusive: ['Inconclusive', 'Nothing is known to be wrong, and nothing is shown to be right.'],
  skipped: ['Skipped', 'This machine lacks what it takes. It says nothing of the stack.'],
  internal: ['rollproof itself', 'rollproof failed, or what it needs of the Engine. It says nothing of the stack.'],
};

/** `docs/errors.md`: every code by its kind, and what to do. */
export function errorsPage(): string {
  const sections = Object.entries(KINDS).map(([kind, [title, meaning]]) => {
    const { verdict, exitCode } = ENDINGS[kind as ErrorKind];
    const codes = Object.entries(ERROR_CODES)
      .filter(([, entry]) => entry.kind === kind)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, entry]) => `### \`${code}\`\n\n${entry.meaning}. ${entry.whatToDo}\n`);
    return `## ${title}\n\n${meaning} Kind \`${kind}\`: verdict _${verdict}_, exit code ${exitCode}.\n\n${codes.join('\n')}`;
  });
  return (
    '# Errors\n\nEvery error has a code that stays the same, whatever its message says. Made from `harness/core/error-codes.ts` by ' +
    `\`npx tsx tools/main.ts errors-page\`.\n\n${sections.join('\n')}`
  );
}

export function addErrorsPage(program: Command): void {
  program
    .command('errors-page')
    .description(`write ${ERRORS_PAGE} from the table of codes`)
    .action(() => {
      writeFileSync(ERRORS_PAGE, errorsPage());
      process.stdout.write(`${ERRORS_PAGE}\n`);
    });
}
