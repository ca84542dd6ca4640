import type { ComposeModel } from '../compose/model';
import { composePorts, otherPorts } from '../compose/named-ports';
import type { ManagedService } from '../contract/config';
import { exposedPorts } from '../docker/images';

/** For each managed service whose configured port neither its image nor the compose files name, though they name some: which those are. */
export async function portDoubts(
  managed: Readonly<Record<string, ManagedService>>,
  { services }: ComposeModel,
): Promise<Readonly<Record<string, string>>> {
  const doubts = await Promise.all(
    Object.entries(managed).map(async ([name, { port }]) => {
      const service = services[name];
      if (service === undefined) return [];
      const image = service.image === undefined ? [] : await exposedPorts(service.image);
      const others = otherPorts(port, { compose: composePorts(service), image });
      return others === undefined ? [] : [[name, others] as const];
    }),
  );
  return Object.fromEntries(doubts.flat());
}

/** A doubt as a sentence's beginning: what is asked, and why. */
export function doubtText(service: string, port: number | undefined, others: string): string {
  return `is port ${port ?? '?'} of \`managed.${service}\` right? ${others}`;
}
