import { userInfo } from 'node:os';

/** Who runs this process, for a record: the user that CI acts for, else the user of this machine. */
export function whoRunsThis(env: NodeJS.ProcessEnv = process.env): string {
  const actor = env['GITHUB_ACTOR'];
  if (actor !== undefined && actor !== '') return actor;
  try {
    return userInfo().username;
  } catch {
    // A container's user needs no name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
