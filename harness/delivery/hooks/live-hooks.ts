import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios from 'axios';
import type { Hook, HookCall, HookEnd } from '../../contract/hooks';
import { deadline } from '../../core/clock';
import { runCommand } from '../../core/command';
import { errorMessage } from '../../core/errors';
import { OutputLog } from '../output-log';
import type { DeliveryPorts } from '../ports';

/** Of an answer no more is kept, bytes. */
const ANSWER_MAX = 1024 * 1024;

export interface HookPlace {
  /** Where their output goes. */
  readonly runDirectory: string;
  /** Where commands run. */
  readonly directory: string;
}

/** Runs hooks: commands with the call in their environment, URLs by POST. */
export function hookRunner({ runDirectory, directory }: HookPlace): DeliveryPorts['hook'] {
  let count = 0;
  return async (hook, call, signal) => {
    count += 1;
    using log = new OutputLog(runDirectory, `logs/hooks/${call.rollout}-${count}-${call.hook}.log`);
    const run = 'url' in hook ? post(hook, call, log, signal) : command(hook, call, { directory, log, signal });
    const failure = await run.catch((error: unknown) => errorMessage(error));
    return endOf(failure, log);
  };
}

function endOf(failure: string | undefined, log: OutputLog): HookEnd {
  return { ...(failure === undefined ? {} : { failure }), lastLines: log.lastLines(), log: log.path };
}

/** Why it failed; `undefined` when it passed. */
async function command(
  hook: Extract<Hook, { command: unknown }>,
  call: HookCall,
  { directory, log, signal }: { directory: string; log: OutputLog; signal: AbortSignal | undefined },
): Promise<string | undefined> {
  const [program, ...args] = typeof hook.command === 'string' ? ['sh', '-c', hook.command] : hook.command;
  const { exitCode, how } = await runCommand({
    command: program ?? '',
    args,
    cwd: directory,
    env: { ...process.env, ...variablesOf(call) },
    timeoutMs: hook.timeoutMs,
    onOutput: (chunk) => log.write(chunk),
    ...(signal === undefined ? {} : { signal }),
  });
  return exitCode === 0 ? undefined : how;
}

async function post(
  hook: Extract<Hook, { url: string }>,
  call: HookCall,
  log: OutputLog,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const late = new AbortController();
  const cancel = deadline(hook.timeoutMs, () => late.abort());
  const signals = signal === undefined ? [late.signal] : [late.signal, signal];
  try {
    const { status, data } = await axios.post<string>(hook.url, call, {
      signal: AbortSignal.any(signals),
      responseType: 'text',
      maxContentLength: ANSWER_MAX,
      validateStatus: () => true,
      maxRedirects: 0,
      httpAgent: new HttpAgent(),
      httpsAgent: new HttpsAgent(),
    });
    log.say(data);
    return status >= 200 && status < 300 ? undefined : `status ${status}`;
  } catch (error) {
    if (late.signal.aborted) return `did not answer within ${hook.timeoutMs} ms`;
    throw error;
  } finally {
    cancel();
  }
}

/** What a command finds beside our own environment. */
function variablesOf(call: HookCall): Record<string, string> {
  const { from, to, reason } = call;
  return {
    ROLLPROOF_HOOK: call.hook,
    ROLLPROOF_ROLLOUT: call.rollout,
    ROLLPROOF_SERVICE: call.service,
    ROLLPROOF_STRATEGY: call.strategy,
    ROLLPROOF_WEIGHT: String(call.weight),
    ROLLPROOF_FROM: from.label,
    ROLLPROOF_FROM_IMAGE: from.image,
    ROLLPROOF_FROM_DIGEST: from.digest,
    ROLLPROOF_TO: to.label,
    ROLLPROOF_TO_IMAGE: to.image,
    ROLLPROOF_TO_DIGEST: to.digest,
    ...(reason === undefined ? {} : { ROLLPROOF_REASON: reason }),
  };
}
