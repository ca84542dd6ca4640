import { createHash } from 'node:crypto';
import type { EvidenceFile } from '../evidence';
import { html, Markup } from '../markup';
import { worstFirst, type RunModel } from '../model';
import { viewScenario } from '../scenario-view';
import { evidenceLinks, integrity } from './integrity';
import { brand, matrix, measurements, verdictStrip } from './overview';
import { nightSection } from './night-section';
import { pipelineSection } from './pipeline-section';
import { releaseSection } from './release-section';
import { scenarioSection } from './scenario-section';
import { STYLES } from './styles';

/** The whole report as one file: no script, no network, its style sheet allowed by its hash. */
export function renderPage(run: RunModel, evidence: readonly EvidenceFile[]): string {
  const views = worstFirst(run.scenarios).map((scenario) => viewScenario(run, scenario));
  const hash = createHash('sha256').update(STYLES).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  // Outside the template: a formatter that re-flows it would break the hash.
  const style = new Markup(`<style>${STYLES}</style>`);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${run.verdict} · ${run.title} · ${run.run}</title>
        ${style}
      </head>
      <body>
        ${brand(run)}
        <main>
          ${verdictStrip(run, views)} ${pipelineSection(run.pipeline)} ${releaseSection(run.releases)}
          ${nightSection(run)} ${matrix(views)}
          ${
            views.length > 0 &&
            html`<section aria-labelledby="detail">
              <h2 id="detail">In detail</h2>
              ${views.map(scenarioSection)}
            </section>`
          }
          ${measurements(run)} ${integrity(run)} ${evidenceLinks(evidence)}
        </main>
        <footer>
          Made from journal.ndjson alone. All times are UTC; offsets count from the start of their scenario.
        </footer>
      </body>
    </html> `;
  return page.text;
}
