import type { ContainerCreateOptions } from 'dockerode';
import { HarnessError, errorMessage } from '../core/errors';
import { newId } from '../core/ids';
import { deadline } from '../core/clock';
import { engine } from '../docker/client';
import { removeContainer } from '../docker/containers';
import { LineSplitter, demultiplex, streamClosed } from '../docker/demux';
import { LABEL, type Role } from '../docker/labels';
import { ControlChannel } from './control-channel';
import type { HelperEvent } from './agent/protocol';

const READY_TIMEOUT_MS = 20_000;

export interface HeldHelperOptions {
  readonly project: string;
  readonly image: string;
  /** What the helper program is: `guardian` or `signaller`. */
  readonly mode: string;
  readonly role: Role;
  readonly env: readonly string[];
  readonly hostConfig: NonNullable<ContainerCreateOptions['HostConfig']>;
  readonly onEvent?: (event: HelperEvent) => void;
  readonly onClose?: () => void;
}

/** A helper container whose stdin is ours: it learns of our death from the Engine, whatever killed us. */
export interface HeldHelper {
  readonly containerId: string;
  readonly channel: ControlChannel;
  /** Resolves when the container's streams are over. */
  readonly closed: Promise<void>;
}

/**
 * Starts a helper with no network, no rights but those given, attached before it starts.
 * @throws HarnessError `helper-did-not-start`
 */
export async function startHeldHelper(options: HeldHelperOptions): Promise<HeldHelper> {
  const name = `${options.project}-${newId(options.mode)}`;
  const container = await engine().createContainer({
    name,
    Image: options.image,
    Cmd: [options.mode],
    User: '0',
    Env: [...options.env],
    Labels: { [LABEL.project]: options.project, [LABEL.role]: options.role },
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: {
      NetworkMode: 'none',
      AutoRemove: true,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 256 * 1024 * 1024,
      ...options.hostConfig,
    },
  });
  try {
    return await attachAndStart(container, name, options);
  } catch (cause) {
    await removeContainer(container.id);
    throw new HarnessError('helper-did-not-start', {
      message: `the ${options.mode} of ${options.project} did not start: ${errorMessage(cause)}`,
      facts: { project: options.project, image: options.image },
      hint: 'Is the helper image the one that this version of rollproof built?',
      cause,
    });
  }
}

async function attachAndStart(
  container: ReturnType<ReturnType<typeof engine>['getContainer']>,
  name: string,
  options: HeldHelperOptions,
): Promise<HeldHelper> {
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  const ready = Promise.withResolvers<void>();
  // It may end before anybody waits for it: a rejection that nobody handles would end the process.
  ready.promise.catch(() => undefined);
  const stop = deadline(READY_TIMEOUT_MS, () => ready.reject(new Error(`not ready within ${READY_TIMEOUT_MS} ms`)));
  let lastText = '';
  const channel = new ControlChannel(
    name,
    (text) => void stream.write(text),
    (event) => {
      if (event.event === 'ready') ready.resolve();
      else options.onEvent?.(event);
    },
  );
  const out = new LineSplitter((line) => channel.receive(line));
  const err = new LineSplitter((line) => (lastText = line.trim() === '' ? lastText : line));
  demultiplex(stream as never, (which, chunk) => (which === 'stdout' ? out : err).push(chunk));
  const closed = streamClosed(stream as never).then((error) => {
    const reason = lastText === '' ? (error?.message ?? 'the container has ended') : lastText;
    channel.close(reason);
    ready.reject(new Error(reason));
    (stream as unknown as { destroy(): void }).destroy();
    options.onClose?.();
  });
  try {
    await container.start();
    await ready.promise;
  } finally {
    stop();
  }
  return { containerId: container.id, channel, closed };
}
