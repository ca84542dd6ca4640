import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync, appendFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AlertLimit } from '../contract/alerts';
import type { JournalLine } from '../contract/observation';
import { buildReport } from './build-report';
import { summarySchema } from '../contract/summary';
import { renderSummaryText } from './summary-text';
import { ACTS, failedLines, recordedLines, replaced, writeRun } from './testing/recorded-run';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'report-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const read = (name: string) => readFileSync(join(directory, name), 'utf8');

const textOf = (markup: string) =>
  markup
    .replace(/<[^>]*>/g, '')
    .replace(/\s+/g, ' ')
    .trim();
const findings = (page: string) =>
  [...(/<ul class="findings">([^]*?)<\/ul>/.exec(page)?.[1] ?? '').matchAll(/<li[^>]*>([^]*?)<\/li>/g)].map(
    ([, item = '']) => textOf(item),
  );

/** A scenario after all others in which nothing happens. */
function uneventful(): JournalLine[] {
  const at = Math.max(...recordedLines().map((line) => line.at)) + 1;
  const own = { at, scenario: 'quiet' };
  return [
    { ...own, type: 'scenario-started', phase: 'flagship', title: 'it answers' },
    { ...own, at: at + 1000, type: 'scenario-finished', verdict: 'passed', durationMs: 1000, facts: {} },
  ];
}

/** When a scenario of the recorded run had ended. */
function actEnd(scenario: string): number {
  const at = recordedLines().findLast((line) => line.scenario === scenario)?.at;
  if (at === undefined) throw new Error(`${scenario} was not recorded`);
  return at;
}

/** The recorded run's scenarios, all of them so many times. */
function repeated(times: number): JournalLine[] {
  const lines = recordedLines();
  const lengthMs = (lines.at(-1)?.at ?? 0) - (lines[0]?.at ?? 0);
  const later = (line: JournalLine, turn: number): JournalLine => {
    const at = line.at + turn * lengthMs;
    const named = line.scenario === undefined ? { at } : { at, scenario: `${line.scenario}-${turn}` };
    return 'startMs' in line ? { ...line, ...named, startMs: line.startMs + turn * lengthMs } : { ...line, ...named };
  };
  const isOnce = ({ type }: JournalLine) => type === 'run-started' || type === 'run-finished';
  const turns = Array.from({ length: times }, (_, turn) =>
    lines.filter((line) => !isOnce(line)).map((line) => later(line, turn)),
  );
  return [...lines.slice(0, 1), ...turns.flat(), ...lines.slice(-1).map((line) => later(line, times - 1))];
}

/** The recorded run without what its load saw in some seconds of its first act. */
function withGap(lines: readonly JournalLine[], gapS: { readonly from: number; readonly to: number }): JournalLine[] {
  const scenario = ACTS.goodRelease;
  const startMs = lines.find((line) => line.scenario === scenario)?.at ?? 0;
  return replaced(lines, { type: 'load-window', scenario }, (line) => {
    const second = (line.startMs - startMs) / 1000;
    return second >= gapS.from && second < gapS.to ? [] : line;
  });
}

async function report(lines: readonly JournalLine[]) {
  writeRun(directory, lines);
  const { summary } = await buildReport(directory);
  return { summary, page: read('report.html'), junit: read('junit.xml') };
}

describe('a run that passed', () => {
  it('is told in one finding a scenario, made from its facts', async () => {
    const { page } = await report(recordedLines());
    expect(page).toContain('<h1 id="verdict">Your stack survived.</h1>');
    expect(findings(page)).toEqual([
      expect.stringMatching(
        /^A good release of orders lost 0 of [\d,]+ requests while payments → bank was 200 ms slow\.$/,
      ),
      expect.stringMatching(/^Rolled back: orders-r3 failed \d+ of \d+ requests, orders-r2 serves everything\.$/),
      'payments was down: HighErrorRate fired after 28 s, reached the pager and cleared.',
    ]);
  });

  it('says how much was looked at', async () => {
    const { page } = await report(recordedLines());
    expect(textOf(/<p class="basis">[^]*?<\/p>/.exec(page)?.[0] ?? '')).toMatch(
      /^What this rests on: 15 of 15 checks passed; [\d,]+ requests followed one by one, and counted again by the fronts; 2 of 2 faults shown to bite; \d+ judgements of new against old\.$/,
    );
    const bare = recordedLines().map((line) =>
      line.type === 'fault' && line.state === 'proved' ? { ...line, state: 'applied' as const } : line,
    );
    expect((await report(bare)).page).toContain('0 of 2 faults shown to bite');
  });

  it('leaves it to the count that a scenario without a release or an alert holds', async () => {
    const { page } = await report([...recordedLines(), ...uneventful()]);
    expect(findings(page)).toHaveLength(3);
    // Its steady state is one as well.
    expect(page).toContain('2 other scenarios passed.');
    expect(page).toContain('Its charts: errors, latency, traffic');
  });

  it('names a scenario without a release or an alert when there is nothing else to tell', async () => {
    const own = uneventful();
    const rest = recordedLines().filter(({ type }) => type === 'run-started' || type === 'run-finished');
    expect(findings((await report([...rest, ...own])).page)).toEqual(['“it answers” holds.']);
  });

  it('writes a summary that keeps the contract', async () => {
    const { summary } = await report(recordedLines());
    expect(summarySchema.parse(JSON.parse(read('summary.json')))).toEqual(summary);
    expect(summary).toMatchObject({ schema: 1, verdict: 'passed', counts: { passed: 4, failed: 0 }, seed: '108c1551' });
    expect(summary.scenarios[0]?.facts).toHaveProperty('requests.lost', 0);
  });

  it('says why no alert was raised', async () => {
    const { page } = await report(recordedLines());
    expect(page).toContain(
      'No HighErrorRate, rightly: the measured ratio peaked at 0.298 × the threshold, so the condition was never true.',
    );
    const evidence = { peakOverThreshold: 1.31, pendingOverFor: 0.14 };
    const brief = replaced(recordedLines(), { type: 'alert-evidence' }, (line) => ({ ...line, ...evidence }));
    expect((await report(brief)).page).toContain(
      'No HighErrorRate, rightly: the measured ratio peaked at 1.31 × the threshold, but the longest pending lasted 0.14 ×',
    );
    const fired = replaced(recordedLines(), { type: 'alert-evidence' }, (line) => ({
      ...{ ...line, peakOverThreshold: 8.6, pendingOverFor: 1, fired: true, scenario: ACTS.deadDependency },
      at: actEnd(ACTS.deadDependency),
    }));
    expect((await report(fired)).page).toContain(
      'HighErrorRate fired: the measured ratio peaked at 8.6 × the threshold',
    );
  });

  it('draws the limits of the alerts on errors, and no line where there is none', async () => {
    const alert = (name: string, limit: number, quantity = 'error-ratio') => ({
      ...{ alert: name, limit, quantity, of: ['orders'] },
    });
    const drawn = async (alerts: readonly AlertLimit[]) => {
      const lines = recordedLines().map((line) => (line.type === 'run-started' ? { ...line, alerts } : line));
      const { page } = await report(lines);
      const [chart = ''] = /<svg[^>]*class="wide"[^>]*aria-label="Error ratio[^]*?<\/svg>/.exec(page) ?? [];
      return [...chart.matchAll(/class="threshold-label"[^>]*>([^<]+)</g)].map(([, label]) => label?.trim());
    };
    expect(await drawn([alert('A', 0.05)])).toEqual(['A 5 %']);
    expect(await drawn([alert('A', 0.05), alert('B', 0.01)])).toEqual(['B 1 %', 'A 5 %']);
    expect(await drawn([alert('C', 0.1, 'slow-share')])).toEqual([]);
    expect(await drawn([])).toEqual([]);
  });

  it('shows the same bytes for the same journal', async () => {
    const first = (await report(recordedLines())).page;
    expect((await report(recordedLines())).page.replace(/<section aria-labelledby="evidence">[^]*/, '')).toBe(
      first.replace(/<section aria-labelledby="evidence">[^]*/, ''),
    );
  });

  it('links evidence by relative paths', async () => {
    expect((await report(recordedLines())).page).toContain('href="logs/orders-r2.ndjson"');
  });
});

describe('the page as a file', () => {
  it('needs no script, no network and no inline style, and allows its style sheet by hash', async () => {
    const { page } = await report(recordedLines());
    expect(page).not.toMatch(/<script|\son\w+=|<link|<img|<iframe|\sstyle="|@import|url\(/i);
    expect([...page.matchAll(/(?:src|href)="(https?:[^"]*)"/g)]).toEqual([]);
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
    expect(page).toContain(
      `default-src &#39;none&#39;; style-src &#39;sha256-${createHash('sha256').update(style).digest('base64')}&#39;`.replace(
        /&#39;/g,
        page.includes("'sha256-") ? "'" : '&#39;',
      ),
    );
  });

  it('stays under 3 MB for ten minutes at a window a second', async () => {
    const { summary } = await report(repeated(5));
    expect(summary).toMatchObject({ verdict: 'passed', counts: { passed: 20 } });
    expect(summary.durationMs).toBeGreaterThan(600_000);
    expect(statSync(join(directory, 'report.html')).size).toBeLessThan(3_000_000);
  });

  it('has every id once, and every link in the page a target', async () => {
    const { page } = await report(failedLines());
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  it('draws no coordinate that is not a number', async () => {
    expect((await report(withGap(failedLines(), { from: 3, to: 9 }))).page).not.toMatch(
      /NaN|Infinity|undefined|\[object/,
    );
  });
});

describe('a run that failed', () => {
  it('shows the failed scenario first, in the page and on the terminal', async () => {
    const { page, summary } = await report(failedLines());
    expect(page.indexOf('id="scenario-3"')).toBeLessThan(page.indexOf('id="scenario-1"'));
    expect(page).toContain('Your stack did not survive.');
    expect(findings(page)).toEqual([
      expect.stringMatching(/^“Act 2: a bad release is rolled back by itself, and wakes nobody” failed: /),
    ]);
    expect(renderSummaryText(summary, { colour: false }).split('\n')[0]).toContain('✕ failed');
    expect(summary.verdict).toBe('failed');
  });

  it('is failed even when the journal calls the run passed', async () => {
    const lines = failedLines();
    expect(lines).toContainEqual(expect.objectContaining({ type: 'run-finished', verdict: 'passed' }));
    expect((await report(lines)).summary.verdict).toBe('failed');
  });

  it('says aloud where data is missing', async () => {
    const { page } = await report(withGap(recordedLines(), { from: 20, to: 27 }));
    expect(page).toContain('No data from 0:20 to 0:27.');
    expect((await report(recordedLines())).page).not.toContain('No data');
  });

  it('does not warn that a load ended before its scenario passed, and does before it failed', async () => {
    /** Without the last seconds of what a load saw. */
    const early = (lines: readonly JournalLine[], scenario: string) => {
      const end = actEnd(scenario);
      const isLate = ({ type, at }: JournalLine) => type.endsWith('-window') && at > end - 6000 && at <= end;
      return lines.filter((line) => !isLate(line));
    };
    const passed = (await report(early(recordedLines(), ACTS.goodRelease))).page;
    expect(passed).toMatch(/The load ended at 0:4\d\./);
    expect(passed).not.toContain('No data');
    expect((await report(early(failedLines(), ACTS.badRelease))).page).toMatch(/No data from 0:\d\d to/);
  });
});

describe('a run with holes', () => {
  it('is inconclusive when nothing was written at all', async () => {
    const { summary, htmlPath } = await buildReport(directory);
    expect(summary).toMatchObject({
      verdict: 'inconclusive',
      reason: 'The journal is empty: nothing ran.',
      scenarios: [],
    });
    expect(readFileSync(htmlPath, 'utf8')).toMatch(
      '<h1 id="verdict">This run could not tell: the journal is empty: nothing ran.</h1>',
    );
    expect(renderSummaryText(summary, { colour: false })).toContain('no scenario ran');
  });

  it('is inconclusive when it says that it passed and no scenario ran', async () => {
    const lines = recordedLines().filter((line) => line.type === 'run-started' || line.type === 'run-finished');
    expect((await report(lines)).summary).toMatchObject({
      verdict: 'inconclusive',
      reason: 'No scenario ran: nothing is proven.',
    });
  });

  it('is inconclusive when the scenarios passed and the run never finished', async () => {
    const { summary, page } = await report(recordedLines().filter((line) => line.type !== 'run-finished'));
    expect(summary.verdict).toBe('inconclusive');
    expect(page).toContain('The journal does not say that the run finished.');
  });

  it('shows a scenario that was cut off as an error', async () => {
    const lines = recordedLines();
    const { summary } = await report(
      lines.slice(
        0,
        lines.findIndex((line) => line.type === 'scenario-finished'),
      ),
    );
    expect(summary.verdict).toBe('error');
    expect(summary.scenarios).toMatchObject([{ verdict: 'error', reason: expect.stringContaining('did not finish') }]);
  });

  it('reads a journal that was torn at its end and in its middle, and counts what it could not read', async () => {
    const lines = recordedLines();
    writeRun(directory, lines.slice(0, 40));
    appendFileSync(join(directory, 'journal.ndjson'), '{"at":1,"type":"no{"at":2}\n{"at":3,"type":"rollout"}\n');
    appendFileSync(
      join(directory, 'journal.ndjson'),
      lines
        .slice(40)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join('') + '{"at":17953',
    );
    const { summary } = await buildReport(directory);
    expect(summary.verdict).toBe('passed');
    expect(read('report.html')).toContain(`${lines.length + 3}: not JSON)`);
    expect(read('report.html')).toContain(`3 lines could not be read (41: not JSON · 42: rollout: expected string`);
  });

  it('draws scenarios without any load, and says that there is none', async () => {
    const { page } = await report(
      recordedLines().filter((line) => line.type !== 'load-window' && line.type !== 'traffic-window'),
    );
    expect(page).toContain('No data was recorded in this scenario.');
    expect(page).not.toMatch(/NaN|Infinity/);
  });

  it('shows a retry as a second attempt, and judges by it', async () => {
    const lines = recordedLines();
    const of = (type: JournalLine['type']) =>
      lines.findIndex((line) => line.type === type && line.scenario === ACTS.goodRelease);
    const [started, finished] = [lines[of('scenario-started')], lines[of('scenario-finished')]];
    if (started === undefined || finished?.type !== 'scenario-finished')
      throw new Error('the first act was not recorded');
    const first: JournalLine[] = [
      { ...started, at: started.at - 0.2 },
      { ...finished, at: started.at - 0.1, verdict: 'failed', durationMs: 0.1, facts: {} },
    ];
    const { summary, page } = await report(lines.toSpliced(of('scenario-started'), 0, ...first));
    expect(summary.counts).toMatchObject({ passed: 4, failed: 1 });
    expect(summary.verdict).toBe('passed');
    expect(page).toContain('was tried again: attempt 2');
  });
});

describe('hostile text', () => {
  const EVIL = `"><script>alert(1)</script><img src=x onerror=alert(1)>'&]]>\u202e\u0000\u001b[31m`;

  /** Every string of every line becomes hostile, but those that the journal's types fix. */
  function poison(value: unknown, key = ''): unknown {
    const fixed = ['type', 'state', 'verdict', 'outcome', 'phase_'];
    if (typeof value === 'string') return fixed.includes(key) ? value : `${value}${EVIL}`;
    if (Array.isArray(value)) return value.map((item) => poison(item));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const isMap = [
          'images',
          'versions',
          'urls',
          'labels',
          'annotations',
          'revisions',
          'exclusiveTimeMs',
          'detail',
        ].includes(key);
        return [isMap ? `${name}${EVIL}` : name, poison(inner, name)];
      }),
    );
  }

  /** Lines that the recorded run had no reason to write. */
  function rare(): JournalLine[] {
    const [first, at] = [recordedLines()[0]?.at ?? 0, actEnd(ACTS.steady)];
    const measured = { value: 1.31, unit: '×', limit: 1.25, samples: 3, window: 'the run' };
    return [
      { at: first, type: 'skipped-capability', capability: 'netem', reason: 'the kernel has no sch_netem' },
      { at, type: 'measurement', name: 'warm up, against plain compose', ...measured },
    ];
  }

  it('is shown as text in every field', async () => {
    const lines = [...failedLines(), ...rare()].map((line) => poison(line) as JournalLine);
    const { page, junit, summary } = await report(lines);
    expect(summary.scenarios).toHaveLength(4);
    for (const text of [page, junit]) {
      expect(text).not.toMatch(/<script|<img/i);
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u0000\u001b\u202e]/);
      expect(text).toContain('&lt;script&gt;');
    }
    // Outside of quoted attributes no handler can stand: every attribute value is free of raw quotes and brackets.
    for (const [tag] of page.matchAll(/<[a-z][^>]*>/g)) expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/onerror|['"]/);
    // eslint-disable-next-line no-control-regex
    expect(renderSummaryText(summary, { colour: false })).not.toMatch(/[\u0000\u001b\u202e]/);
  });

  it('never becomes a link to a script', async () => {
    const lines = recordedLines().map((line) =>
      line.type === 'alert' && line.annotations !== undefined
        ? { ...line, annotations: { summary: 's', runbook_url: 'javascript:alert(1)' } }
        : line,
    );
    expect((await report(lines)).page).not.toContain('href="javascript:');
  });

  it('in the name of an evidence file stays inside its link', async () => {
    mkdirSync(join(directory, 'evidence'));
    writeFileSync(join(directory, 'evidence', '"><b>#?.txt'), '');
    const { page } = await report(recordedLines());
    expect(page).toContain('href="evidence/%22%3E%3Cb%3E%23%3F.txt"');
    expect(page).not.toContain('"><b>#');
  });
});
