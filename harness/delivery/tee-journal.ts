import { existsSync } from 'node:fs';
import { FileJournal, type Journal } from '../contract/journal';
import type { DeliveryPorts } from './ports';

/** Writes into the journal of a run that died, if it is still there, under the scenario that it died in, as well as into that of this run. */
export function teeJournal(
  ports: Pick<DeliveryPorts, 'journal' | 'journalPath'>,
  { path, scenario }: { readonly path: string | undefined; readonly scenario: string | undefined },
): Journal & Disposable {
  const isOther = path !== undefined && path !== ports.journalPath && existsSync(path);
  const file = isOther ? new FileJournal(path) : undefined;
  if (file !== undefined) file.scenario = scenario;
  return {
    append(observation, options) {
      file?.append(observation, options);
      ports.journal.append(observation, options);
    },
    [Symbol.dispose]: () => file?.[Symbol.dispose](),
  };
}
