import type { MessageOutcomeKind } from '../../contract/outcomes';
import { jsonRecordIn } from '../../core/guards';
import { THEMSELVES, defineOutcomes } from './define';

/** What {@link logOutcomes} looks for. */
export interface LogOutcomesOptions {
  /** The field of the JSON lines that says what became of a message, such as `outcome`. */
  readonly field: string;
  /** What its values mean. Default: `ack`, `retry` and `dead` mean themselves. Other lines are left out. */
  readonly values?: Readonly<Record<string, MessageOutcomeKind>>;
  /** The field that says how long it took, ms. Default: none, and the judge compares no latency. */
  readonly tookMsField?: string;
  /** The field that says why one failed. Default: none, and nobody is told. */
  readonly reasonField?: string;
}

/** Reads outcomes of messages from the JSON lines that the consumers write: one line an attempt. */
export const logOutcomes = defineOutcomes<LogOutcomesOptions>({
  kind: 'log',
  says: ({ field }) => `the field ${field} of the consumers' log lines`,
  open: ({ field, values = THEMSELVES, tookMsField, reasonField }, access) => ({
    read: async (sinceMs) => {
      const lines = await access.lines(sinceMs);
      return lines.flatMap((line) => {
        const said = jsonRecordIn(line.text);
        const outcome = values[String(said?.[field])];
        if (outcome === undefined) return [];
        const tookMs = tookMsField === undefined ? undefined : said?.[tookMsField];
        const reason = reasonField === undefined ? undefined : said?.[reasonField];
        const why = typeof reason === 'string' ? { reason } : {};
        const { containerId, revision, atMs, text } = line;
        const took = typeof tookMs === 'number' ? { tookMs } : {};
        return [{ id: `${containerId} ${atMs} ${text}`, revision, outcome, endedAtMs: atMs, ...took, ...why }];
      });
    },
  }),
});
