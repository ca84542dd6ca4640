import { join } from 'node:path';
import { HarnessError } from '../core/errors';
import { badRequests } from '../load/ledger';
import type { Outcome } from '../load/ledger-line';
import { openLoad } from '../load/load';
import type { LossAttribution } from '../verdict/findings';
import type { OpenLoadOptions } from './context';
import type { LiveRun, OpenedLoad } from './live-run';

/** More requests than this that were lost, or failed, are counted, but not named. */
const BAD_NAMED_MAX = 100_000;

/** When a load counts as steady, unless a scenario says otherwise. */
const STEADY = { errorRatioMax: 0.001, holdMs: 2_000, timeoutMs: 60_000 };

/** Opens a load on the run's stack; its ledger lies in the run's folder. */
export async function openLoadOn(
  live: LiveRun,
  scenarioId: string,
  number: number,
  options: OpenLoadOptions = {},
): Promise<OpenedLoad> {
  const { loaded, stack, journal, folder, seed, signal } = live;
  const { load: config } = loaded.config;
  const { host, port } = await stack.endpoint(config.service, config.port);
  const ledgerPath = join(folder.directory, 'ledger', `${scenarioId}-${number}.ndjson`);
  const load = await openLoad({
    configPath: loaded.path,
    baseUrl: `http://${host}:${port}`,
    ratePerSecond: options.ratePerSecond ?? config.ratePerSecond,
    seed: `${seed}/${scenarioId}/${number}`,
    ledgerPath,
    journal,
    onWrong: (answer) => stack.takeWrong(answer),
    ...(options.weights === undefined ? {} : { weights: options.weights }),
    newConnectionShare: options.newConnectionShare ?? 0,
  });
  live.ledgerPaths.push(ledgerPath);
  let ended: Pick<LossAttribution, 'totals' | 'lostIds' | 'failedIds'> | undefined;
  const final = () => {
    if (ended !== undefined) return ended;
    throw new HarnessError('load-running', {
      message: 'the load has not been stopped: its figures are not final',
      hint: 'Call `await traffic.stop()` before the expectations.',
    });
  };
  const stop = async () => {
    if (ended !== undefined) return;
    const totals = await load.stop();
    const bad = totals.lost + totals.failed === 0 ? [] : await badRequests(ledgerPath, BAD_NAMED_MAX);
    const idsOf = (wanted: Outcome) => bad.filter(({ outcome }) => outcome === wanted).map(({ id }) => id);
    ended = { totals, lostIds: idsOf('lost'), failedIds: idsOf('failed') };
  };
  return {
    counts: () => load.counts(),
    awaitSteady: (condition) => load.awaitSteady({ ...STEADY, ...condition, signal }),
    stop,
    ended: () => ended?.totals,
    totals: () => final().totals,
    lostIds: () => final().lostIds,
    failedIds: () => final().failedIds,
    [Symbol.asyncDispose]: stop,
  };
}
