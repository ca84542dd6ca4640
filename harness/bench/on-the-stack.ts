import type { ScenarioContext } from '../run/context';
import { terminalProgress } from '../run/progress';
import { Session } from '../run/session';

/** Runs one piece of work on a fresh reference stack, as a run with a report of its own. Throws what the work throws. */
export async function onTheStack<T>(
  title: string,
  signal: AbortSignal,
  work: (context: ScenarioContext) => Promise<T>,
): Promise<T> {
  const session = await Session.start({
    configPath: 'stack/rollproof.config.ts',
    title: `bench ${title}`,
    rerun: 'npm run bench',
    signal,
    progress: terminalProgress(),
  });
  let result: { readonly value: T } | undefined;
  try {
    const run = async (context: ScenarioContext) => {
      result = { value: await work(context) };
    };
    await session.runOrThrow({ id: 'bench', title, run }, 'bench');
  } finally {
    await session.finish();
  }
  if (result === undefined) throw new Error(`${title} ended without a result`);
  return result.value;
}
