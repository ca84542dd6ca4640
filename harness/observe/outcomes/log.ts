import type { ConsumerLine, MessageOutcomeKind } from '../../contract/outcomes';
import { defineOutcomes } from './define';

/** What {@link logOutcomes} looks for. */
export interface LogOutcomesOptions {
  /** The field of the JSON lines that says what became of a message, such as `outcome`. */
  readonly field: string;
  /** What its values mean. Default: `ack`, `retry` and `dead` mean themselves. Other lines are left out. */
  readonly values?: Readonly<Record<string, MessageOutcomeKind>>;
  /** The field that says how long it took, ms. Default: none, and the judge compares no latency. */
  readonly tookMsField?: string;
}

const THEMSELVES: Readonly<Record<string, MessageOutcomeKind>> = { ack: 'ack', retry: 'retry', dead: 'dead' };

/** Reads outcomes of messages from the JSON lines that the consumers write: one line an attempt. */
export const logOutcomes = defineOutcomes<LogOutcomesOptions>({
  kind: 'log',
  says: ({ field }) => `the field ${field} of the consumers' log lines`,
  open: ({ field, values = THEMSELVES, tookMsField }, access) => ({
    read: async (sinceMs) => {
      const lines = await access.lines(sinceMs);
      return lines.flatMap((line) => {
        const said = jsonOf(line);
        const outcome = values[String(said?.[field])];
        if (outcome === undefined) return [];
        const tookMs = tookMsField === undefined ? undefined : said?.[tookMsField];
        const { containerId, revision, atMs, text } = line;
        const took = typeof tookMs === 'number' ? { tookMs } : {};
        return [{ id: `${containerId} ${atMs} ${text}`, revision, outcome, endedAtMs: atMs, ...took }];
      });
    },
  }),
});

function jsonOf({ text }: ConsumerLine): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}
