import type { ReleaseResult } from '../contract/release-result';
import { releaseSentence } from '../contract/release-words';
import type { Finding } from './findings';

type Told = Pick<ReleaseResult, 'outcome' | 'reason' | 'cause' | 'steps'>;

/** Every step of the release was done, and every new revision is stable; or there was nothing to do. */
export function released(release: Told): Finding {
  const observed = releaseSentence(release);
  return {
    name: 'the whole release',
    verdict:
      release.outcome === 'released' || release.outcome === 'unchanged'
        ? 'passed'
        : isUnjudged(release)
          ? 'inconclusive'
          : 'failed',
    observed,
    expected: 'released',
    // What takes a bad release back by itself has done well.
    ...(release.outcome === 'went-back' ? { about: 'release' as const } : {}),
    sentence: observed,
  };
}

/** Everything is as it was before the release, but for what cannot be undone. */
export function wentBack(
  release: Told,
  options: { readonly because?: string; readonly keeping?: readonly string[] } = {},
): Finding {
  const { because, keeping = [] } = options;
  const kept = release.steps.filter(({ state }) => state === 'kept').map(({ service }) => service);
  const isReason = because === undefined || release.reason?.includes(because) === true;
  const isKept =
    options.keeping === undefined || (kept.length === keeping.length && keeping.every((one) => kept.includes(one)));
  const asWanted = release.outcome === 'went-back' && isReason && isKept;
  return {
    name: 'the whole release',
    verdict: asWanted ? 'passed' : 'failed',
    observed: releaseSentence(release),
    expected: [
      `gone back${because === undefined ? '' : ` because of "${because}"`}`,
      ...(options.keeping === undefined ? [] : [`with ${keeping.join(', ') || 'nothing'} not undone`]),
    ].join(', '),
  };
}

/** It was given up for want of evidence: that says nothing of the release. */
function isUnjudged({ outcome, cause }: Told): boolean {
  return outcome === 'went-back' && cause === 'release-not-judged';
}
