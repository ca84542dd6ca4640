import { isInstalled } from './package-root';

/** Commands that have an npm script of their own in this repository. */
const SCRIPTS = ['doctor', 'down', 'rules', 'setup', 'up'];

/** A command of ours as the person at hand types it: `npx rollproof up -c mine.ts`, or in this repository `npm run up -- -c mine.ts`. */
export function commandLine(words: string, installed = isInstalled): string {
  if (installed) return `npx rollproof ${words}`;
  const [command = '', ...rest] = words.split(' ');
  // What npm says of itself would stand before the JSON.
  const run = rest.includes('--json') ? 'npm run --silent' : 'npm run';
  if (!SCRIPTS.includes(command)) return `${run} rollproof -- ${words}`;
  return [`${run} ${command}`, ...(rest.length === 0 ? [] : ['--', ...rest])].join(' ');
}

/** {@link commandLine} as part of a sentence. */
export function quotedCommand(words: string): string {
  return `\`${commandLine(words)}\``;
}
