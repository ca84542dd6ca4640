import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { once } from 'node:events';
import axios, { isAxiosError } from 'axios';
import { z } from 'zod';
import { rolloutState } from '../contract/rollout-result';
import { rolloutSentence } from '../contract/rollout-words';
import { writeFileAtomic } from '../core/atomic-file';
import { contentHash } from '../core/ids';
import type { Rollout } from './handle';

/** What a person may ask of a rollout that another command runs. */
export const controlVerb = z.enum(['pause', 'resume', 'promote', 'abort']);
export type ControlVerb = z.infer<typeof controlVerb>;

const controlRequest = z.strictObject({ verb: controlVerb, reason: z.string() });
export type ControlRequest = z.infer<typeof controlRequest>;

const controlAnswer = z.strictObject({
  /** Where the rollout stands now. */
  state: rolloutState,
  /** How it ended: said when it was aborted. */
  ended: z.string().optional(),
});
export type ControlAnswer = z.infer<typeof controlAnswer>;

export interface DoorOptions {
  /** `.rollproof/<project>`: where other commands look for the door. */
  readonly stateDirectory: string;
  readonly service: string;
  readonly rollout: Pick<Rollout, 'state' | 'pause' | 'resume' | 'promote' | 'abort'>;
  /** Told of each request before it is done. */
  readonly onAsked: (request: ControlRequest) => void;
}

/**
 * Lets other commands of this machine steer a rollout, until disposed: HTTP on a Unix socket in a folder that only its owner can open. It lies
 * among the temporary files, because its path may have no more than 107 bytes (unix(7)); a file beside the lock says where.
 */
export async function openControlDoor(options: DoorOptions): Promise<AsyncDisposable> {
  const path = doorFile(options);
  const socket = join(tmpdir(), `rollproof-${userInfo().uid}`, `${contentHash(path).slice(0, 16)}.sock`);
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  // Of one that was killed.
  rmSync(socket, { force: true });
  const server = createServer((request, response) => void answer(request, response, options));
  server.listen(socket);
  await once(server, 'listening');
  writeFileAtomic(path, JSON.stringify({ socket }), { durable: false });
  return {
    [Symbol.asyncDispose]: async () => {
      rmSync(path, { force: true });
      server.close();
      await once(server, 'close');
    },
  };
}

/** Asks whoever runs the rollout of a service; `undefined` when nobody does. An `abort` is answered when the rollout has ended. */
export async function askController(
  where: { readonly stateDirectory: string; readonly service: string },
  asked: ControlRequest,
): Promise<ControlAnswer | undefined> {
  const socketPath = socketOf(doorFile(where));
  if (socketPath === undefined) return undefined;
  try {
    const { data } = await axios.post<unknown>('http://rollout/', asked, { socketPath, proxy: false });
    return controlAnswer.parse(data);
  } catch (error) {
    // Its process is dead, or has just left.
    if (isAxiosError(error) && ['ECONNREFUSED', 'ENOENT'].includes(error.code ?? '')) return undefined;
    throw error;
  }
}

function doorFile({ stateDirectory, service }: { readonly stateDirectory: string; readonly service: string }): string {
  return join(stateDirectory, 'control', `${service}.json`);
}

function socketOf(path: string): string | undefined {
  try {
    return z.object({ socket: z.string() }).parse(JSON.parse(readFileSync(path, 'utf8'))).socket;
  } catch {
    return undefined;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, options: DoorOptions): Promise<void> {
  try {
    const asked = controlRequest.parse(JSON.parse(await text(request)));
    options.onAsked(asked);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await does(asked, options.rollout)));
  } catch (error) {
    response.statusCode = 400;
    response.end(String(error));
  }
}

async function does({ verb, reason }: ControlRequest, rollout: DoorOptions['rollout']): Promise<ControlAnswer> {
  if (verb !== 'abort') {
    rollout[verb]();
    return { state: rollout.state() };
  }
  const ended = rolloutSentence(await rollout.abort(reason));
  return { state: rollout.state(), ended };
}
