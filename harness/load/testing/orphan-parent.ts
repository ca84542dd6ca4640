/** A harness that opens a load, says so, and waits to be killed. Arguments: base URL, ledger path. */
import { join } from 'node:path';
import { MemoryJournal } from '../../contract/journal';
import { openLoad } from '../load';

const [baseUrl = '', ledgerPath = ''] = process.argv.slice(2);

void openLoad({
  configPath: join(__dirname, 'loopback.config.ts'),
  baseUrl,
  ledgerPath,
  ratePerSecond: 200,
  seed: 'orphan',
  journal: new MemoryJournal(),
}).then((load) => process.send?.({ startedAtMs: load.startedAtMs }));
