import { HarnessError } from '../../../core/errors';
import type { CommandEnd } from '../../../core/command';
import type { Stage } from './stage';

export const push: Stage = {
  name: 'push',
  run: async ({ ports, products, io, say }) => {
    const registry = await ports.registry(io.signal);
    const pushed: Record<string, string> = {};
    for (const [service, built] of Object.entries(products.images)) {
      const tag = `${registry}/${built.tag}`;
      // What was tested is pushed, whatever its tag names by now.
      await ports.tag(built.id, tag);
      say(`pushing ${tag}`);
      let said = '';
      const onOutput = (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-SAID_MAX);
        io.onOutput(chunk);
      };
      const end = await ports.push(tag, { ...io, onOutput });
      if (end.exitCode !== 0) throw pushFailed(tag, registry, end, said);
      const reference = digestReference(tag, said);
      await requireSame(reference, built.content, (await ports.image(reference))?.content);
      pushed[service] = reference;
    }
    return { products: { pushed }, made: pushed };
  },
};

const SAID_MAX = 8_000;

/** `host:port/name@sha256:…`, from what `docker push` says at its end. @throws HarnessError `not-what-was-tested` when it says nothing */
export function digestReference(tag: string, said: string): string {
  const digest = [...said.matchAll(/digest: (sha256:[0-9a-f]{64})/g)].at(-1)?.[1];
  if (digest !== undefined) return `${tag.slice(0, tag.lastIndexOf(':'))}@${digest}`;
  throw new HarnessError('not-what-was-tested', {
    message: `the push of ${tag} did not say which digest the registry has`,
    facts: { tag },
  });
}

async function requireSame(reference: string, tested: string, found: string | undefined): Promise<void> {
  if (found === tested) return;
  throw new HarnessError('not-what-was-tested', {
    message: `${reference} is ${found ?? 'not on this engine'}, and ${tested} was tested`,
    facts: { reference, tested, found },
  });
}

/** Why a push failed, by what docker said of it. */
export function pushFailed(tag: string, registry: string, { how }: CommandEnd, said: string): HarnessError {
  const facts = { tag, registry };
  const last = said.trim().split('\n').at(-1) || how;
  if (/server gave HTTP response to HTTPS client/.test(said)) {
    return new HarnessError('registry-refused', {
      message: `the Engine speaks TLS to ${registry}, which speaks plain HTTP`,
      facts,
      hint: `Give the registry a certificate, or name ${registry} under "insecure-registries" in the Engine’s daemon.json.`,
    });
  }
  if (
    /connection refused|no such host|i\/o timeout|no route to host|network is unreachable|TLS handshake timeout|deadline exceeded|EOF$/m.test(
      said,
    )
  ) {
    return new HarnessError('registry-unreachable', {
      message: `${registry} does not answer: ${last}`,
      facts,
      hint: 'When it is back: `rollproof pipeline retry --stage push`, then `--stage deploy`; or `pipeline retry` for both.',
    });
  }
  return new HarnessError('registry-rejected', { message: `${registry} did not take ${tag}: ${last}`, facts });
}
