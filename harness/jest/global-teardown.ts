import { tellGithub } from '../report/github';
import { heldSession } from './held-session';

/** Takes the stack down and writes the report. */
export default async function tearDown(): Promise<void> {
  const { text, summary } = await heldSession().finish();
  process.stderr.write(`\n${text}\n`);
  tellGithub(summary);
}
