import { wallMs } from '../core/clock';
import { HarnessError } from '../core/errors';
import { exclusiveTimes, type ExclusiveTime } from '../observe/exclusive-time';
import type { Figure } from '../verdict/findings';
import type { ExclusiveTimeGrowth, ScenarioContext, TraceWindow } from './context';
import type { LiveRun } from './live-run';

/** More traces than a window of this harness ever holds; Jaeger wants a limit. */
const TRACES_MAX = 5_000;

/** An edge or service seen less often than this in a window says nothing about how long it usually takes. */
const SPANS_MIN = 20;

type Times = Record<string, ExclusiveTime>;

interface OpenWindow extends TraceWindow {
  toMs: number | undefined;
}

/** The traces of the run's stack, as a scenario sees them. */
export function traceView(
  live: LiveRun,
  onTimes: (times: Record<string, { before: number; after: number }>) => void,
): ScenarioContext['traces'] {
  const read = async (window: TraceWindow): Promise<Times> => {
    const { services } = live.stack;
    if (services === undefined) {
      throw new HarnessError('no-traces', {
        message: 'the configuration names no Jaeger',
        hint: 'Set `observability` in rollproof.config.ts.',
      });
    }
    window.close();
    const traces = await services.jaeger.findCompleteTraces({
      service: live.loaded.config.load.service,
      startMs: window.fromMs,
      endMs: (window as OpenWindow).toMs ?? wallMs(),
      limit: TRACES_MAX,
      signal: live.signal,
    });
    return exclusiveTimes(traces);
  };
  return {
    open: () => {
      const window: OpenWindow = {
        fromMs: wallMs(),
        toMs: undefined,
        close: () => {
          window.toMs ??= wallMs();
        },
      };
      return window;
    },
    growth: async (before, during) => {
      const [first, second] = [await read(before), await read(during)];
      onTimes(inBoth(first, second));
      return growthBetween(first, second);
    },
  };
}

/** How much longer everything took in the second of two windows. */
export function growthBetween(before: Times, during: Times): ExclusiveTimeGrowth {
  const figure = (key: string): Figure => {
    const [first, second] = [before[key], during[key]];
    return {
      name: `own time of ${key} (lowest tenth) grows`,
      value: first === undefined || second === undefined ? undefined : second.lowestDecileMs - first.lowestDecileMs,
      samples: Math.min(first?.count ?? 0, second?.count ?? 0),
    };
  };
  const largestBeside = (edge: string): Figure => {
    const [largest] = Object.keys(during)
      .filter((key) => key !== edge)
      .map(figure)
      .filter(({ value, samples }) => value !== undefined && samples >= SPANS_MIN)
      .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
    return largest ?? { name: `own time elsewhere than ${edge} grows`, value: undefined, samples: 0 };
  };
  return {
    of: figure,
    largestBeside,
    shareOf: (edge) => {
      const [own, other] = [figure(edge), largestBeside(edge)];
      const name = `${edge} grows more than anything else: its share of the two largest growths`;
      if (own.value === undefined || other.value === undefined) return { name, value: undefined, samples: 0 };
      const [growth, beside] = [Math.max(0, own.value), Math.max(0, other.value)];
      const value = growth === 0 ? 0 : growth / (growth + beside);
      return { name, value, samples: Math.min(own.samples, other.samples) };
    },
  };
}

function inBoth(before: Times, during: Times): Record<string, { before: number; after: number }> {
  return Object.fromEntries(
    Object.entries(during).flatMap(([key, { lowestDecileMs }]) => {
      const first = before[key];
      return first === undefined ? [] : [[key, { before: first.lowestDecileMs, after: lowestDecileMs }]];
    }),
  );
}
