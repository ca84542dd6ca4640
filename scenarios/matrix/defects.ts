import type { RolloutSettings } from '../../harness';
import type { StrategyName } from './strategies';

/**
 * When a defect is found:
 * - `preflight`: nothing was started;
 * - `before traffic`: it takes no request, and nobody loses one;
 * - `under traffic`: it costs at most its share of the requests until stable has everything back;
 * - `at its stop`: it is promoted, and whoever stops it is told.
 */
export type Caught = 'preflight' | 'before traffic' | 'under traffic' | 'at its stop';

/** One defect, and what becomes of a release that has it. */
export interface DefectRow {
  readonly image: string;
  readonly caught: Caught;
  /** What finds it, for people. */
  readonly by: string;
  /** What the reason has to say: the cause, where it can be known. */
  readonly reason: RegExp;
  /** Where a strategy finds it otherwise. */
  readonly otherwise?: Readonly<Partial<Record<StrategyName, { readonly reason: RegExp; readonly caught?: Caught }>>>;
  /** Stable has everything back so long after the first bad answer, or after the start where there was none, s; shown, not judged. */
  readonly withinS: number;
  /** Needs so many replicas of `orders`. Default 1. */
  readonly replicas?: number;
  readonly settings?: Partial<RolloutSettings>;
}

/** A comparison by the judge, whichever question it was. */
const ERRORS = /more errors than stable: \d+ of \d+ failed against \d+ of \d+/;
const SLOWER = /slower than stable/;
/** Where the two never run at once, neither can be asked about what the other leaves behind: users are. */
const NEVER_BESIDE = { reason: ERRORS, caught: 'under traffic' } as const;

const row = (image: string, rest: Omit<DefectRow, 'image'>): DefectRow => ({ image: `shop/orders:${image}`, ...rest });

/** Each defect of which an image is built, and two that no image can have. */
export const DEFECTS: Readonly<Record<string, DefectRow>> = {
  'crash at boot': row('crashes-at-boot', {
    caught: 'before traffic',
    by: 'five ends by itself, before it was ready',
    reason: /exit code 1 after .*: Error: cannot read the price list \/app\/prices\.json/,
    withinS: 30,
  }),
  'wrong configuration': row('wrong-settings', {
    caught: 'before traffic',
    by: 'five ends by itself, before it was ready',
    reason: /exit code 78 after .*: refusing to start, wrong environment: CARRIER_URL/,
    withinS: 30,
  }),
  'crash 10 s after ready': row('crashes-later', {
    caught: 'under traffic',
    by: 'the end of its only container by itself',
    reason: /ended by itself with exit code 1 after 1\d\.\d s: Error: the price list has no currency/,
    withinS: 15,
    settings: { minStepMs: 6_000, bakeMs: 20_000 },
  }),
  'memory leak': row('leaks-memory', {
    caught: 'under traffic',
    by: 'the Engine’s word that the kernel killed it',
    reason: /was killed for want of memory \(OOM\)/,
    withinS: 15,
    settings: { minStepMs: 6_000, bakeMs: 20_000 },
  }),
  'never ready': row('never-ready', {
    caught: 'before traffic',
    by: 'its own health check',
    reason: /is unhealthy \(not ready: HTTP\/1\.1 503/,
    withinS: 40,
  }),
  'wrong port': row('wrong-port', {
    caught: 'before traffic',
    by: 'its own health check',
    reason: /is unhealthy \(.*8080: Connection refused/,
    withinS: 40,
  }),
  'readiness flapping': row('flaps', {
    caught: 'before traffic',
    by: 'a readiness that does not last',
    reason: /never stayed ready for 5000 ms: its readiness broke off .*replicas ready/,
    withinS: 40,
    settings: { minReadyMs: 5_000, readyTimeoutMs: 15_000 },
  }),
  'errors 20 %': row('errors', { caught: 'under traffic', by: 'the judge', reason: ERRORS, withinS: 5 }),
  'errors 2 %': row('few-errors', {
    caught: 'under traffic',
    by: 'the judge',
    reason: ERRORS,
    withinS: 60,
    settings: { riseToDetect: 0.02, bakeMs: 30_000, minStepMs: 10_000 },
  }),
  '4xx': row('client-errors', {
    caught: 'under traffic',
    by: 'the judge, and the load’s checks',
    reason: /client errors \(4xx\)|more errors than stable/,
    withinS: 5,
  }),
  'wrong body with 200': row('wrong-answers', {
    caught: 'under traffic',
    by: 'the load’s checks',
    reason: /answered wrongly: no order id/,
    withinS: 5,
  }),
  'empty body': row('empty-answers', {
    caught: 'under traffic',
    by: 'the load’s checks',
    reason: /answered wrongly|more errors than stable/,
    withinS: 5,
  }),
  'truncated answers': row('cut-answers', { caught: 'under traffic', by: 'the judge', reason: ERRORS, withinS: 5 }),
  hangs: row('hangs', {
    caught: 'under traffic',
    by: 'the judge',
    reason: /requests hang|more errors than stable/,
    withinS: 15,
  }),
  'slow +400 ms': row('slow', { caught: 'under traffic', by: 'the judge', reason: SLOWER, withinS: 10 }),
  'slow for 3 %': row('slow-tail', {
    caught: 'under traffic',
    by: 'the judge',
    reason: SLOWER,
    withinS: 60,
    settings: { riseToDetect: 0.02, bakeMs: 30_000 },
  }),
  'slower every minute': row('slower-and-slower', {
    caught: 'under traffic',
    by: 'the judge',
    reason: SLOWER,
    withinS: 30,
    settings: { bakeMs: 20_000 },
  }),
  'ignores SIGTERM': row('ignores-sigterm', {
    caught: 'at its stop',
    by: 'the grace that its stop has',
    reason: /ignored SIGTERM for 2000 ms, and had to be killed/,
    withinS: 60,
    settings: { stopGraceMs: 2_000 },
  }),
  'needs a migration that is not there': row('lacks-migration', {
    caught: 'before traffic',
    by: 'what each revision makes of the other’s orders',
    reason:
      /^skew "order": .* answers wrongly.*; the log of orders-r\d+ says \d+ times: column "gift_note" does not exist/s,
    withinS: 40,
    otherwise: { recreate: NEVER_BESIDE },
  }),
  'loses sessions': row('loses-sessions', {
    caught: 'before traffic',
    by: 'what each revision makes of the other’s orders',
    reason: /^skew "order": orders-r\d+ does not understand what orders-r\d+ left behind/,
    withinS: 40,
    otherwise: { recreate: NEVER_BESIDE },
  }),
  'one of two replicas bad': row('one-bad-replica', {
    caught: 'under traffic',
    by: 'the judge, of the one that comes in the place of the first',
    // A sick replica is replaced once. That another one is as sick is the release's doing.
    reason: /more errors than stable: .*attributed to the release: a sick replica was replaced/s,
    withinS: 30,
    // There its first replica is alone at first, and asked by ourselves.
    otherwise: { rolling: { reason: /^skew "order": .* answers wrongly/, caught: 'before traffic' } },
    replicas: 2,
  }),
  'only one replica comes up': row('one-replica-only', {
    caught: 'before traffic',
    by: 'a replica that never gets ready',
    reason: /1 of 2 replicas ready/,
    withinS: 40,
    replicas: 2,
    // Its first replica is good, and rolling gives it traffic before the second one is started.
    otherwise: { rolling: { reason: /\d of 2 replicas ready/ } },
  }),
  'image missing': row('no-such-image', {
    caught: 'preflight',
    by: 'the Engine',
    reason: /image shop\/orders:no-such-image is not present on this engine/,
    withinS: 1,
  }),
  'image for another platform': {
    image: 'rollproof/other-platform:1',
    caught: 'preflight',
    by: 'what the image says of itself',
    reason: /image rollproof\/other-platform:1 is for linux\/s390x, and this Engine runs linux\//,
    withinS: 1,
  },
};
