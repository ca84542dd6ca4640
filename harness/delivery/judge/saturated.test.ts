import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '../../core/random';
import { NONE_HANGING } from './counts';
import { openPhase } from './phase';
import type { RequestSample } from '../ports';
import { DEFAULT_SETTINGS } from '../strategies/settings';

interface Shares {
  /** Share of stable's requests that the canary answers, because stable's replica has failed its checks. */
  readonly helpedOut: number;
  /** Share of them that stable fails itself. */
  readonly failed?: number;
  /** Only so long, ms. */
  readonly untilMs?: number;
}

/** Half of 60 requests a second each. The canary takes 2.978 s whenever it helps out, or always. */
function judged({ helpedOut, failed = 0, untilMs = Infinity }: Shares, isSlowAnyway: boolean, forMs = 20_000) {
  const random = seededRandom('saturated');
  const settings = { ...DEFAULT_SETTINGS, riseToDetect: 0.1 };
  const begin = { phases: 3, startedAtMs: 0, minMs: 0, warmupLeft: 0, stableLatenciesMs: [] };
  const phase = openPhase({ settings, canary: 'r2', stable: 'r1', ...begin });
  const ended: RequestSample[] = [];
  const take = (
    startedAtMs: number,
    tookMs: number,
    sample: Partial<RequestSample> & { readonly revision: string },
  ) => {
    const latencyMs = tookMs * (0.9 + 0.2 * random.next());
    const made = { id: 'r', startedAtMs, endedAtMs: startedAtMs + latencyMs, clientError: false };
    ended.push({ ...made, error: false, latencyMs, servedBy: sample.revision, ...sample });
  };
  for (let atMs = 0; atMs < forMs; atMs += 33) {
    const isBusy = atMs < untilMs && helpedOut > 0;
    const canaryMs = isSlowAnyway || isBusy ? 2_978 : 164;
    take(atMs, canaryMs, { revision: 'r2' });
    const luck = random.next();
    if (isBusy && luck < helpedOut) take(atMs, canaryMs, { revision: 'r1', servedBy: 'r2', error: true });
    else take(atMs, 164, { revision: 'r1', error: luck < failed });
  }
  ended.sort((a, b) => a.endedAtMs - b.endedAtMs);
  const said: { readonly outcome: string; readonly reason: string }[] = [];
  for (let nowMs = 100; nowMs <= forMs; nowMs += 100) {
    while (ended[0] !== undefined && ended[0].endedAtMs <= nowMs) phase.add(ended.shift() as RequestSample);
    said.push(phase.judgement(nowMs, NONE_HANGING));
    if (said.at(-1)?.outcome !== 'hold') break;
  }
  return said;
}

describe('a saturated service', () => {
  it('whose stable fails its checks, so that the new revision answers for both and gets slow, is held and not called slower', () => {
    const said = judged({ helpedOut: 254 / 603 }, false);
    expect(said.map(({ outcome }) => outcome)).not.toContain('abort');
    expect(said.at(-1)?.outcome).toBe('hold');
    expect(said.map(({ reason }) => reason).join()).not.toContain('slower than stable');
    expect(said.at(-1)?.reason).toMatch(/^0 of \d+ failed against \d+ of \d+; both are saturated: /);
  });

  it('is said to be one: stable fails more, the new revision takes longer', () => {
    const said = judged({ helpedOut: 0, failed: 0.4 }, true);
    expect(said.at(-1)).toMatchObject({ outcome: 'hold' });
    expect(said.at(-1)?.reason).toMatch(
      /^0 of \d+ failed against \d+ of \d+; both are saturated: stable fails more requests/,
    );
  });

  it('is compared by the seconds in which each had its own share', () => {
    expect(judged({ helpedOut: 0.5, untilMs: 3_000 }, false, 40_000).at(-1)).toMatchObject({ outcome: 'promote' });
  });

  it.each([
    [0.15, 8_000],
    [0.3, 2_000],
    [0.3, 4_000],
  ])(
    'is not called slower for the seconds in which it answered %d of stable’s requests, %i ms',
    (helpedOut, untilMs) => {
      const said = judged({ helpedOut, untilMs }, false, 60_000);
      expect(said.filter(({ reason }) => /median|p95/.test(reason))).toEqual([]);
      expect(said.filter(({ reason }) => reason.startsWith('slower than stable'))).toEqual([]);
      expect(said.at(-1)).toMatchObject({ outcome: 'promote' });
    },
  );

  it('does not hide a new revision that is slow beside a stable that fails nothing', () => {
    expect(judged({ helpedOut: 0 }, true).at(-1)).toMatchObject({
      outcome: 'abort',
      reason: expect.stringMatching(/^slower than stable: /) as unknown,
    });
  });
});
