import type { Container } from 'dockerode';
import { deferred } from '../core/deferred';
import { deadline } from '../core/clock';
import { removeContainer } from '../docker/containers';
import { LineSplitter, demultiplex, streamClosed } from '../docker/demux';
import { ControlChannel } from './control-channel';
import { createHelper, didNotStart, type HelperOptions } from '../docker/helper-container';
import type { HelperEvent } from './agent/protocol';

const READY_TIMEOUT_MS = 30_000;

export interface AttachedHelper {
  readonly containerId: string;
  readonly channel: ControlChannel;
  /** Resolves when the container's streams are over. */
  readonly closed: Promise<void>;
  /** Lets go of the container's streams; one that is held by its stdin ends by that. */
  readonly detach: () => void;
}

export interface AttachOptions {
  /** It lives on our stream: its stdin is ours, and it learns of our death from the Engine, whatever killed us. */
  readonly isHeld: boolean;
  readonly onEvent?: (event: HelperEvent) => void;
  readonly onClose?: () => void;
}

/**
 * Makes and starts a helper, attached before its start so that nothing that it says is missed. Resolves when it is ready.
 * @throws HarnessError `helper-did-not-start`
 */
export async function startAttached(options: HelperOptions, attach: AttachOptions): Promise<AttachedHelper> {
  const held = { AttachStdin: true, OpenStdin: true, StdinOnce: true };
  const container = await createHelper(options, attach.isHeld ? held : {});
  try {
    return await attachAndStart(container, attach, `${options.project} ${options.args[0]}`);
  } catch (cause) {
    await removeContainer(container.id);
    throw didNotStart(options, cause);
  }
}

async function attachAndStart(container: Container, attach: AttachOptions, name: string): Promise<AttachedHelper> {
  const stdin = attach.isHeld;
  const stream = await container.attach({ stream: true, stdin, stdout: true, stderr: true, hijack: true });
  const detach = () => (stream as unknown as { destroy(): void }).destroy();
  const ready = deferred<void>();
  // It may end before anybody waits for it: a rejection that nobody handles would end the process.
  ready.promise.catch(() => undefined);
  const stop = deadline(READY_TIMEOUT_MS, () => ready.reject(new Error(`not ready within ${READY_TIMEOUT_MS} ms`)));
  let lastText = '';
  const channel = new ControlChannel(
    name,
    (text) => void stream.write(text),
    (event) => {
      if (event.event === 'ready') ready.resolve();
      else attach.onEvent?.(event);
    },
  );
  const out = new LineSplitter((line) => channel.receive(line));
  const err = new LineSplitter((line) => (lastText = line.trim() === '' ? lastText : line));
  demultiplex(stream as never, (which, chunk) => (which === 'stdout' ? out : err).push(chunk));
  const closed = streamClosed(stream as never).then((error) => {
    const reason = lastText === '' ? (error?.message ?? 'the container has ended') : lastText;
    channel.close(reason);
    ready.reject(new Error(reason));
    detach();
    attach.onClose?.();
  });
  try {
    await container.start();
    await ready.promise;
  } finally {
    stop();
  }
  return { containerId: container.id, channel, closed, detach };
}
