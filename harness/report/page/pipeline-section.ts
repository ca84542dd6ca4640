import { formatDuration } from '../format';
import { html, type Markup, type Part } from '../markup';
import { shortCommit, type PipelineModel } from '../pipeline';
import { badge, table } from './parts';

const VERDICTS = { passed: 'passed', failed: 'failed', skipped: 'skipped', started: 'inconclusive' } as const;

/** A line a stage; above them, of one that failed, first how its own log ends. */
export function pipelineSection(pipeline: PipelineModel | undefined): Part {
  if (pipeline === undefined) return undefined;
  const { repository, ref, commit, retryOf } = pipeline;
  const columns = [
    { name: 'Outcome' },
    { name: 'Stage', kind: 'keep' },
    { name: 'Took', kind: 'num' },
    { name: 'What it made, or why not', kind: 'text' },
    { name: 'Log', kind: 'keep' },
  ] as const;
  const rows = pipeline.stages.map(({ stage, state, durationMs, reason, made = {}, log }) => [
    badge(VERDICTS[state]),
    stage,
    durationMs === undefined ? '–' : formatDuration(durationMs),
    [state === 'started' ? 'It did not come to its end.' : (reason ?? ''), madeList(made)],
    log === undefined ? '–' : html`<a href="${log}">${log.split('/').at(-1)}</a>`,
  ]);
  return html`<section aria-labelledby="pipeline">
    <h2 id="pipeline">Pipeline of ${shortCommit(pipeline)}</h2>
    <div class="card">
      ${pipeline.stages.map(lastWords)} ${table({ label: 'Stages', columns, rows, stacks: true })}
      <p class="soft">
        Commit <code>${commit}</code> of <code>${ref}</code> in <code>${repository}</code>${
          retryOf !== undefined && html`; stages of run <code>${retryOf}</code> were run again`
        }.
      </p>
    </div>
  </section>`;
}

function madeList(made: Readonly<Record<string, string>>): Part {
  return Object.entries(made).map(([name, value]) => html` <span class="soft">${name}</span> <code>${value}</code>`);
}

function lastWords({ stage, state, lastLines = [], reason }: PipelineModel['stages'][number]): Markup | undefined {
  if (state !== 'failed') return undefined;
  return html`<h3>How ${stage} ended</h3>
    ${lastLines.length > 0 && html`<pre tabindex="0" role="region" aria-label="The last lines of ${stage}">${lastLines.join('\n')}</pre>`}
    ${reason !== undefined && html`<p class="why">${reason}</p>`}`;
}
