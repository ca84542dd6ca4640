/**
 * What all of several things at once give, when each has ended, whatever becomes of the others: whoever is told of an error removes the project,
 * and a helper that still runs would make something of it anew.
 * @throws the first error
 */
export async function together<In, Out>(all: readonly In[], act: (one: In) => Promise<Out>): Promise<Out[]> {
  const ended = await Promise.allSettled(all.map(act));
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return ended.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}
