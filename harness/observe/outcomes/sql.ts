import type { MessageOutcome } from '../../contract/outcomes';
import type { StackAccess } from '../../contract/reconciliation-config';
import { defineOutcomes } from './define';

/** Where {@link sqlOutcomes} asks. */
export interface SqlOutcomesOptions {
  /** For people. Default `a query`. */
  readonly says?: string;
  /**
   * Asks the stack's database for the attempts that ended at this time or later. Rows may come twice, and late: what is asked for overlaps.
   * The clock is the database's, which is the Engine's.
   */
  readonly rows: (access: StackAccess, since: Date) => Promise<readonly MessageOutcome[]>;
}

/**
 * Reads outcomes of messages from a database: the configuration brings the query and its driver, so that any database will do.
 * @example sqlOutcomes({ rows: (access, since) => query(access, 'select … from deliveries where ended_at >= $1', [since]) })
 */
export const sqlOutcomes = defineOutcomes<SqlOutcomesOptions>({
  kind: 'sql',
  says: ({ says }) => says ?? 'a query',
  open: ({ rows }, access) => ({ read: (sinceMs) => rows(access, new Date(sinceMs)) }),
});
