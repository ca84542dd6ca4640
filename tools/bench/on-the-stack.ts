import type { ScenarioContext } from '../../harness/scenario/context';
import { commandProgress } from '../../harness/core/progress';
import { Session } from '../../harness/scenario/session';
import type { BenchOptions } from './row';

/** Runs one piece of work on a fresh stack, as a run with a report of its own. Throws what the work throws. */
export async function onTheStack<T>(
  title: string,
  { configPath, signal }: BenchOptions,
  work: (context: ScenarioContext) => Promise<T>,
): Promise<T> {
  const session = await Session.start({
    configPath,
    title: `bench ${title}`,
    rerun: 'npm run bench',
    signal,
    progress: commandProgress(),
  });
  let result: { readonly value: T } | undefined;
  try {
    const run = async (context: ScenarioContext) => {
      result = { value: await work(context) };
      context.expect(result).toBeDefined();
    };
    await session.runOrThrow({ id: 'bench', title, run }, 'bench');
  } finally {
    await session.finish();
  }
  if (result === undefined) throw new Error(`${title} ended without a result`);
  return result.value;
}
