import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '../core/atomic-file';
import { readJournalLeniently } from '../contract/journal';
import type { Summary } from '../contract/summary';
import { evidenceFiles } from './evidence';
import { renderJunit } from './junit';
import { buildModel } from './model';
import { renderPage } from './page/page';
import { summarize } from './summary';

/**
 * Writes `summary.json`, `junit.xml` and `report.html` of a run folder, from its journal alone. May be called again, at
 * any time: a run that was killed gets its report too. A journal without a `run-finished` line is never green.
 */
export async function buildReport(runDirectory: string): Promise<{ summary: Summary; htmlPath: string }> {
  const directory = resolve(runDirectory);
  mkdirSync(directory, { recursive: true });
  const run = buildModel(readJournalLeniently(join(directory, 'journal.ndjson')), basename(directory));
  const summary = summarize(run);
  const htmlPath = join(directory, 'report.html');
  const write = (path: string, text: string) => writeFileAtomic(path, text, { mode: 0o644 });
  write(join(directory, 'summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  write(join(directory, 'junit.xml'), renderJunit(run));
  write(htmlPath, renderPage(run, evidenceFiles(directory, ['report.html'])));
  return { summary, htmlPath };
}
