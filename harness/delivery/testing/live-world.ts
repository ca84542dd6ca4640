import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definitionOf } from '../../compose/definition';
import { inspectImage } from '../../docker/images';
import { readSupply, supplied } from '../../docker/supply';
import { ECHO, EchoStack, USER_MODEL } from '../../front/testing/echo-stack';
import { livePorts } from '../live';
import { hookRunner } from '../hooks/live-hooks';
import type { DeliveryPorts } from '../ports';
import { firstRevision } from '../revisions/revision';
import { memoryRevisionStore, type RevisionStore } from '../revisions/revision-store';

/** The image of every revision of the echo service. */
export const ECHO_IMAGE = supplied(readSupply(), 'node');

/** The real ports, on a stack of one managed service that is up. */
export interface LiveWorld extends AsyncDisposable {
  readonly stack: EchoStack;
  readonly store: RevisionStore;
  readonly ports: DeliveryPorts;
  /** Where what is known of removed containers goes. */
  readonly evidenceDirectory: string;
}

/** Brings it up. */
export async function openLiveWorld(): Promise<LiveWorld> {
  const definition = definitionOf(USER_MODEL, ECHO);
  const settings = { port: 8080, readiness: '/readyz' };
  const evidenceDirectory = mkdtempSync(join(tmpdir(), 'live-evidence-'));
  const stack = await EchoStack.start();
  const { id: imageId, content } = (await inspectImage(ECHO_IMAGE)) ?? { id: '', content: '' };
  const first = firstRevision(ECHO, { image: ECHO_IMAGE, imageId, content, definition, settings });
  const memory = memoryRevisionStore([first]);
  // The stack's keeper and model read its own list: keep the two the same.
  const share = <T>(result: T): T => {
    stack.revisions.splice(0, stack.revisions.length, ...memory.list());
    return result;
  };
  const store: RevisionStore = {
    ...memory,
    put: (...all) => share(memory.put(...all)),
    remove: (...all) => share(memory.remove(...all)),
  };
  const ports = livePorts({
    project: stack.project,
    managed: { [ECHO]: settings },
    revisions: store,
    keeper: stack.keeper,
    guardian: { register: async () => undefined, unregister: async () => undefined },
    witness: () => stack.witness,
    compose: stack.compose,
    model: () => stack.model(stack.revisions.length),
    hook: hookRunner({ runDirectory: evidenceDirectory, directory: evidenceDirectory }),
    current: async () => ({ definition, settings }),
    journal: stack.journal,
    evidenceDirectory,
  });
  return { stack, store, ports, evidenceDirectory, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}
