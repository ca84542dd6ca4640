import { describe, expect, it } from '@jest/globals';
import type { PipelineOutcome } from '../contract/lines/pipeline';
import type { JournalLine } from '../contract/observation';
import { renderJunit } from './junit';
import { buildModel } from './model';
import { openingOf } from './opening';
import { renderPage } from './page/page';
import { summarize } from './summary';
import { deployedPipeline, killedPipeline, stoppedPipeline } from './testing/pipeline-lines';
import { recordedLines, replaced } from './testing/recorded-run';

const modelOf = (lines: readonly JournalLine[]) => buildModel({ lines, unreadable: [] }, 'run');
const pageOf = (lines: readonly JournalLine[]) => renderPage(modelOf(lines), []);

describe('the report of a pipeline', () => {
  it('is green when it came to production, although no scenario ran', () => {
    const run = modelOf(deployedPipeline());
    expect(run).toMatchObject({ verdict: 'passed', ownEnding: undefined });
    expect(openingOf(run).text).toBe('c0ffee012345 is in production');
  });

  it('says which stage stopped it, and why, and that nothing was deployed', () => {
    expect(openingOf(modelOf(stoppedPipeline())).text).toBe(
      'c0ffee012345 was stopped at unit-tests; nothing was deployed: unit-tests: `npm test` exit code 1',
    );
  });

  it('is never green of one that was killed', () => {
    const run = modelOf(killedPipeline());
    expect(run.verdict).toBe('inconclusive');
    expect(openingOf(run).text).toContain('This run could not tell');
    expect(pageOf(killedPipeline())).toContain('It did not come to its end.');
  });

  it.each<[PipelineOutcome, RegExp]>([
    ['rolled-back', /rolled back in production; your stack stayed up/],
    ['not-promoted', /was not promoted in production/],
    ['stage-done', /is through deploy/],
    ['superseded', /is superseded; nothing was deployed/],
    ['unchanged', /is unchanged; nothing was deployed/],
  ])('has a sentence for %s', (outcome, sentence) => {
    const lines = replaced(deployedPipeline(), { type: 'pipeline-ended' }, (line) => ({ ...line, outcome }));
    expect(openingOf(modelOf(lines)).text).toMatch(sentence);
  });

  it('has a line a stage, and first how the log of the one that failed ends', () => {
    const page = pageOf(stoppedPipeline());
    const [words, stages] = [page.indexOf('✕ adds up'), page.indexOf('aria-label="Stages"')];
    expect(words).toBeGreaterThan(0);
    expect(words).toBeLessThan(stages);
    expect(page).toContain('expected &lt;4&gt;, got 5');
    expect(page).toContain('href="logs/pipeline/3-unit-tests.log"');
    for (const stage of ['checkout', 'build', 'unit-tests']) expect(page).toContain(`>${stage}<`);
    expect(pageOf(deployedPipeline())).not.toContain('How unit-tests ended');
  });

  it('is in the summary as each stage was', () => {
    expect(summarize(modelOf(stoppedPipeline())).pipeline).toMatchObject({
      outcome: 'stopped',
      stages: [
        { stage: 'checkout', state: 'passed', durationMs: 120 },
        { stage: 'build', state: 'skipped' },
        { stage: 'unit-tests', state: 'failed', durationMs: 2_000 },
      ],
    });
  });

  it('has a case a stage in junit.xml, and none twice for its end', () => {
    const junit = renderJunit(modelOf(stoppedPipeline()));
    expect(junit).toMatch(/<testsuites\s[^>]*?tests="3" failures="1"\s+errors="0" skipped="1"/);
    expect(renderJunit(modelOf(killedPipeline()))).toMatch(
      /<error\s+type="error"\s+message="It did not come to its end."/,
    );
  });

  it('is in no report of scenarios', () => {
    const run = modelOf(recordedLines());
    expect(run.pipeline).toBeUndefined();
    expect(summarize(run)).not.toHaveProperty('pipeline');
    expect(pageOf(recordedLines())).not.toContain('Pipeline of');
  });
});
