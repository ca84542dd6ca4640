import { describe, expect, it } from '@jest/globals';
import type { Observation } from '../contract/observation';
import { HarnessMetrics } from './harness-metrics';
import { remoteWriteBody } from './remote-write';

async function figures(lines: readonly Observation[]): Promise<Record<string, number>> {
  const metrics = new HarnessMetrics();
  for (const line of lines) metrics.observe(line);
  const samples = await metrics.samples(1_000, { job: 'rollproof' });
  expect(samples.every(({ labels, atMs }) => labels['job'] === 'rollproof' && atMs === 1_000)).toBe(true);
  return Object.fromEntries(
    samples.map(({ labels: { __name__: name = '', job: _job, ...labels }, value }) => [
      [name.replace('rollproof_', ''), ...Object.values(labels)].join(' '),
      value,
    ]),
  );
}

const rollout = { type: 'rollout', rollout: 'r', service: 'orders', strategy: 'canary', from: 'orders-r1' } as const;
const fault = { type: 'fault', kind: 'latency', target: 'payments → bank', detail: {} } as const;

describe("the harness' own figures", () => {
  it('say nothing before anything has happened', async () => {
    expect(await figures([])).toEqual({});
  });

  it('follow a rollout: its weight and what the judge has counted', async () => {
    expect(
      await figures([
        { ...rollout, to: 'orders-r2', state: 'Shifting', weight: 20 },
        {
          ...{ type: 'judgement', rollout: 'r', outcome: 'abort', reason: 'more errors', weight: 20 },
          canary: { requests: 23, errors: 7, clientErrors: 0 },
          stable: { requests: 90, errors: 0, clientErrors: 0 },
        },
        { ...rollout, to: 'orders-r2', state: 'RolledBack', weight: 0 },
      ]),
    ).toEqual({
      'rollout_weight_percent orders orders-r2': 0,
      'judge_requests r canary': 23,
      'judge_errors r canary': 7,
      'judge_requests r stable': 90,
      'judge_errors r stable': 0,
    });
  });

  it('count the faults in force, and none that has ended', async () => {
    const lines: Observation[] = [
      { ...fault, fault: 'a', state: 'applied' },
      { ...fault, fault: 'a', state: 'proved' },
      { ...fault, fault: 'b', state: 'applied' },
    ];
    expect(await figures(lines)).toEqual({ 'faults_active latency payments → bank': 2 });
    lines.push({ ...fault, fault: 'a', state: 'reverted' }, { ...fault, fault: 'b', state: 'expired' });
    expect(await figures(lines)).toEqual({ 'faults_active latency payments → bank': 0 });
  });

  it('count verdicts', async () => {
    const check = { type: 'check', name: 'c', observed: 'o', expected: 'e' } as const;
    expect(
      await figures([
        { ...check, verdict: 'passed' },
        { ...check, verdict: 'passed' },
        { ...check, verdict: 'failed' },
        { type: 'scenario-finished', verdict: 'failed', durationMs: 1, facts: {} },
      ]),
    ).toEqual({ 'checks_total passed': 2, 'checks_total failed': 1, 'scenarios_total failed': 1 });
  });
});

describe('a remote write', () => {
  it('is a protobuf in a Snappy block', () => {
    const body = remoteWriteBody([{ labels: { b: 'x', __name__: 'up' }, value: 1, atMs: 300 }]);
    const label = (name: string, text: string) => [
      0x0a,
      name.length + text.length + 4,
      0x0a,
      name.length,
      ...Buffer.from(name),
      0x12,
      text.length,
      ...Buffer.from(text),
    ];
    const sample = [0x12, 12, 0x09, ...[0, 0, 0, 0, 0, 0, 0xf0, 0x3f], 0x10, 0xac, 0x02];
    const series = [...label('__name__', 'up'), ...label('b', 'x'), ...sample];
    const message = [0x0a, series.length, ...series];
    expect([...body]).toEqual([message.length, 61 << 2, message.length - 1, 0, ...message]);
  });

  it('splits what is longer than a literal', () => {
    const body = remoteWriteBody([{ labels: { long: 'x'.repeat(70_000) }, value: 0, atMs: 0 }]);
    expect([body[3], body[4], body[5]]).toEqual([61 << 2, 0xff, 0xff]);
    expect(body[6 + 0x1_0000]).toBe(61 << 2);
  });
});
