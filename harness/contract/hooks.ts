import { z } from 'zod';
import type { Immutable } from './immutable';

/** When a hook of a rollout is run. */
export const hookMoment = z.enum(['before-start', 'before-promotion', 'after-promotion', 'after-rollback']);
export type HookMoment = z.infer<typeof hookMoment>;

/** How long a hook may take, unless it says, ms. */
const HOOK_TIMEOUT_MS = 60_000;

const timeoutMs = z.number().positive().default(HOOK_TIMEOUT_MS);
const url = z.url({ protocol: /^https?$/ });

const commandHook = z.strictObject({
  /** A line for a shell, or a program and its arguments. Run in the configuration's folder, in a process group of its own. */
  command: z.union([z.string().min(1), z.array(z.string()).min(1)]),
  /** Then its whole group is ended. Default 60 000 ms. */
  timeoutMs,
});

const httpHook = z.strictObject({
  /** Gets a POST with JSON; passes when it answers 2xx. */
  url,
  timeoutMs,
});

/** A command or an HTTP call of a rollout. As text: a URL, or a line for a shell. */
export const hook = z.union([
  z
    .string()
    .min(1)
    .transform((text): z.output<typeof commandHook> | z.output<typeof httpHook> => {
      const isUrl = url.safeParse(text).success;
      return { ...(isUrl ? { url: text } : { command: text }), timeoutMs: HOOK_TIMEOUT_MS };
    }),
  commandHook,
  httpHook,
]);
export type Hook = Immutable<z.output<typeof hook>>;

/** A revision as a hook is told of it. */
export interface HookRevision {
  readonly label: string;
  readonly image: string;
  readonly digest: string;
}

/** What a hook is told: a command in `ROLLPROOF_…` variables, a URL as JSON. */
export interface HookCall {
  readonly hook: HookMoment;
  readonly rollout: string;
  readonly service: string;
  readonly strategy: string;
  readonly from: HookRevision;
  readonly to: HookRevision;
  /** Percent of the traffic on `to`. */
  readonly weight: number;
  /** Why everything was given back. */
  readonly reason?: string;
}

/** How a hook ended. */
export interface HookEnd {
  /** Why it failed: `exit code 3`, `status 500`, `did not end within 60000 ms`; absent when it passed. */
  readonly failure?: string;
  readonly lastLines: readonly string[];
  /** Where all that it said is kept, relative to the run's folder; absent where it could not be. */
  readonly log?: string;
}

/** What is run or called, for people: a URL without what may be secret. */
export function hookText(hook: Hook): string {
  if ('url' in hook) {
    const { origin, pathname } = new URL(hook.url);
    return `POST ${origin}${pathname}`;
  }
  return typeof hook.command === 'string' ? hook.command : hook.command.join(' ');
}

/** "the hook before the start". */
export function hookName(moment: HookMoment): string {
  return `the hook ${moment.replace('-', ' the ')}`;
}
