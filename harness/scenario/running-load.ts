import type { RequestTotals } from '../contract/request-totals';
import { join } from 'node:path';
import { HarnessError } from '../core/errors';
import { lostRequests } from '../load/ledger';
import { openLoad } from '../load/load';
import type { OpenLoadOptions } from './context';
import type { LiveRun, OpenedLoad } from './live-run';

/** More lost requests than this are counted, but not named. */
const LOST_NAMED_MAX = 100_000;

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
    ...(options.weights === undefined ? {} : { weights: options.weights }),
  });
  live.ledgerPaths.push(ledgerPath);
  let ended: { readonly totals: RequestTotals; readonly lostIds: readonly string[] } | undefined;
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
    const lost = totals.lost === 0 ? [] : await lostRequests(ledgerPath, LOST_NAMED_MAX);
    ended = { totals, lostIds: lost.map(({ id }) => id) };
  };
  return {
    counts: () => load.counts(),
    awaitSteady: (condition) => load.awaitSteady({ ...STEADY, ...condition, signal }),
    stop,
    ended: () => ended?.totals,
    totals: () => final().totals,
    lostIds: () => final().lostIds,
    [Symbol.asyncDispose]: stop,
  };
}
