import { describe, expect, it } from '@jest/globals';
import type { JournalLine, LineOf } from '../contract/observation';
import { buildModel } from './model';
import { renderPage } from './page/page';
import { viewScenario } from './scenario-view';
import { ACTS, recordedLines } from './testing/recorded-run';
import { timelineEvents } from './timeline-lanes';

const textOf = (markup: string) => markup.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

/** The recorded run, with copies that were compared during its bad release. */
function runWith(change: Partial<LineOf<'shadow'>>) {
  const lines = recordedLines();
  const scenario = ACTS.badRelease;
  const at = lines.find((line) => line.type === 'scenario-finished' && line.scenario === scenario)?.at ?? 0;
  const line: JournalLine = {
    ...{ type: 'shadow', at, scenario, rollout: 'rollout-1', service: 'orders', outcome: 'same' },
    ...{ copies: 100, reads: 4_000, others: 900, failed: 0, differences: [] },
    kinds: [
      {
        ...{ kind: 'GET /orders/{id}', copies: 100, compared: 9 },
        noise: [{ what: '$.at', differing: 99, compared: 100 }],
        added: [{ what: '$.discount', is: 'a number' }],
      },
    ],
    ...change,
  };
  return buildModel({ lines: [...lines, line], unreadable: [] }, 'run');
}

describe('copies in the report', () => {
  it('say what was compared, what differs by itself, what is new, and what was never copied', () => {
    const text = textOf(renderPage(runWith({}), []));
    expect(text).toContain(
      '▲ nothing differed in 100 copies; users of orders sent 4,000 requests that read and 900 others, which are never copied.',
    );
    expect(text).toContain('Latency was not compared: there were too few copies.');
    expect(text).toContain('$.at (99 of 100)');
    expect(text).toContain('$.discount, a number');
  });

  it('name each difference with both values, and escape what users read', () => {
    const difference = {
      kind: 'GET /orders/{id}',
      what: '$.note',
      from: '"<b>"',
      to: 'missing',
      differing: 12,
      compared: 12,
    };
    const reason = 'GET /orders/{id}: $.note is missing in orders-r3, a string in orders-r2 (12 of 12 copies)';
    const run = runWith({ outcome: 'different', reason, differences: [difference] });
    const page = renderPage(run, []);
    expect(textOf(page)).toContain(`■ the new revision differs in 100 copies: ${reason};`);
    expect(page).toContain('&lt;b&gt;');
    expect(textOf(page)).toContain('12 of 12');
    const scenario = run.scenarios.find(({ id }) => id === ACTS.badRelease);
    const events = scenario === undefined ? [] : timelineEvents(viewScenario(run, scenario));
    expect(events.map(({ text }) => text)).toContain(`answers to copies: different – ${reason}`);
  });

  it('are not spoken of where none was made', () => {
    expect(renderPage(buildModel({ lines: recordedLines(), unreadable: [] }, 'run'), [])).not.toContain(
      'answered to copies',
    );
  });
});
