import type { NightFinding } from '../contract/lines/night';
import type { NightlyFigure, NightlyHistory } from '../contract/nightly-history';
import { median, robustSpread } from '../statistics/robust';

/** Fewer nights say too little of how a figure spreads. */
const NIGHTS_MIN = 10;
/** What is longer ago is not what is usual now. */
const NIGHTS_MAX = 30;

/**
 * How many spreads a figure may lie off its median. Iglewicz and Hoaglin ask for 3.5; their spread is known exactly, ours is estimated from some ten
 * nights, where 3.5 would be passed by 3 % of what has not moved, and 5 by 1 % (simulated, normal noise). That it must be passed twice makes
 * false alarms rare enough for some dozens of figures a night: see the test.
 */
const SPREADS = 5;

/**
 * Figures that have left the noise of their own history: each value of tonight lies beyond it on one side, and so did last night's where tonight
 * there is but one. Earlier nights count by their medians.
 */
export function driftFindings(history: NightlyHistory, tonight: readonly NightlyFigure[]): NightFinding[] {
  return tonight.flatMap((figure) => {
    const same = ({ name, unit }: NightlyFigure) => name === figure.name && unit === figure.unit;
    const nights = history.nights.flatMap(({ figures }) => figures.filter(same).map(({ values }) => median(values)));
    const isAlone = figure.values.length === 1;
    const usual = (isAlone ? nights.slice(0, -1) : nights).slice(-NIGHTS_MAX);
    const seen = [...(isAlone ? nights.slice(-1) : []), ...figure.values];
    if (usual.length < NIGHTS_MIN) return [];
    const center = median(usual);
    const limit = SPREADS * robustSpread(usual);
    const above = seen.every((value) => value > center + limit);
    const below = seen.every((value) => value < center - limit);
    if (!above && !below) return [];
    const shown = (value: number) => `${Number(value.toPrecision(4))}${figure.unit === '' ? '' : ` ${figure.unit}`}`;
    return [
      {
        kind: 'drift',
        subject: figure.name,
        observed: `${seen.map(shown).join(', then ')}: ${above ? 'above' : 'below'} its noise`,
        expected: `${shown(center)} ± ${shown(limit)}: the median of ${usual.length} nights ± ${SPREADS} of their spreads`,
      } as const,
    ];
  });
}
