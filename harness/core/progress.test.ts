import { describe, expect, it } from '@jest/globals';
import { commandProgress } from './progress';

function progressOn({ isTTY, json }: { readonly isTTY: boolean; readonly json: boolean }): string[] {
  const lines: string[] = [];
  const progress = commandProgress({ json, stream: { isTTY, write: (text) => lines.push(text) } });
  progress.step('the stack is up', { tookMs: 9_100, gateway: 'http://127.0.0.1:8080', states: { a: 1 } });
  progress.step('a line\nthat\tbreaks', { reason: 'x'.repeat(300) });
  return lines;
}

describe('progress', () => {
  it('is plain text off a terminal: time since the start, message, and the fields that matter', () => {
    const [first, second] = progressOn({ isTTY: false, json: false });
    expect(first).toMatch(/^ +\d+\.\d s {2}the stack is up \(took 9\.1 s, gateway http:\/\/127\.0\.0\.1:8080\)\n$/);
    expect(second).toMatch(/^ +\d+\.\d s {2}a line that breaks \(reason x{199}…\)\n$/);
  });

  it.each([true, false])('is a JSON line for a program that asks, on a terminal: %s', (isTTY) => {
    const [first = ''] = progressOn({ isTTY, json: true });
    expect(JSON.parse(first)).toMatchObject({
      msg: 'the stack is up',
      tookMs: 9_100,
      states: { a: 1 },
      elapsedMs: expect.any(Number),
    });
  });

  it('is pretty on a terminal', () => {
    const [first = ''] = progressOn({ isTTY: true, json: false });
    expect(first).toMatch(/\d\d:\d\d:\d\d.*INFO/);
    expect(first).toContain('the stack is up');
    expect(first).not.toContain('elapsedMs');
  });
});
