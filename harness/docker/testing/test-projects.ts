import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { newId } from '../../core/ids';
import { sweepProject } from '../sweep';

/** Environment variable: a file that gets the name of every project that a test makes, one a line. */
export const TEST_PROJECTS = 'ROLLPROOF_TEST_PROJECTS';

/** The name of a project that no other test has. */
export function testProject(prefix: string): string {
  return noted(newId(prefix));
}

/** Writes a test's project down, so that whoever cuts the test off can remove it. */
export function noted(project: string): string {
  const path = process.env[TEST_PROJECTS];
  if (path !== undefined) appendFileSync(path, `${project}\n`);
  return project;
}

/**
 * Removes what tests that were cut off have left, and forgets them. Returns how many things there were.
 * @throws HarnessError `sweep-incomplete`, `engine-unreachable`
 */
export async function sweepTestProjects(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  const projects = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const removed = await Promise.all(projects.map((project) => sweepProject(project)));
  rmSync(path);
  return removed.reduce((total, count) => total + count, 0);
}
