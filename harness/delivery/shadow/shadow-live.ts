import { monotonicMs } from '../../core/clock';
import { hasCode, runAll } from '../../core/errors';
import { newId } from '../../core/ids';
import { PROBE_ID } from '../../front/config';
import { isSafe, type CopiedRequest } from '../../front/copies';
import type { CopyAnswer } from '../../front/copy-text';
import type { Front } from '../../front/front';
import { toSample } from '../../front/sample';
import type { ShadowLane } from '../../front/shadow-lane';
import type { Witness } from '../../front/witness';
import type { Shadow } from '../ports';
import type { Revision } from '../revisions/revision';

/** A front copies for so long after it was asked last, ms: whoever dies leaves nothing that goes on. */
const COPY_FOR_MS = 10_000;

/** Requests are asked a front for as often, ms. */
const TAKE_EVERY_MS = 500;

type CopyingFront = Pick<Front, 'takeCopies' | 'endCopies' | 'openLane'>;

/**
 * Copies of what comes to a service's front, sent back into it by an entrance of their own, each to a revision that is named. Their ids are those
 * of our own probes, for services further on that are sent the same id: no front counts them as a user's.
 */
export async function openShadow(
  front: CopyingFront,
  witness: Pick<Witness, 'on'>,
  now: () => number = monotonicMs,
): Promise<Shadow> {
  const seen = { reads: 0, others: 0 };
  const off = witness.on('line', (line) => {
    if (toSample(line) !== undefined) seen[isSafe(line.method) ? 'reads' : 'others'] += 1;
  });
  const lanes: (ShadowLane | undefined)[] = [];
  let takenAtMs = -Infinity;
  const laneAt = async (place: number): Promise<ShadowLane | undefined> => {
    const known = lanes[place];
    if (known?.isDead === false) return known;
    await known?.[Symbol.asyncDispose]();
    lanes[place] = await front.openLane().catch(() => undefined);
    return lanes[place];
  };
  return {
    requests: async () => {
      if (now() - takenAtMs < TAKE_EVERY_MS) return [];
      takenAtMs = now();
      try {
        return await front.takeCopies(COPY_FOR_MS);
      } catch (error) {
        // A front that died is back within a second.
        if (hasCode(error, 'front-link-lost')) return [];
        throw error;
      }
    },
    ask: async (request: CopiedRequest, revisions: readonly Revision[]) => {
      if (!isSafe(request.method)) throw new RangeError(`${request.method} is never sent twice`);
      const answers = await Promise.all(
        revisions.map(async ({ label }, place) => {
          const lane = await laneAt(place);
          const answer = await lane?.send(request, { to: label, id: newId(`${PROBE_ID}-shadow`) });
          return { answer: ownAnswer(answer, label), isSent: lane?.isDead === false };
        }),
      );
      return answers.every(({ isSent }) => isSent) ? answers.map(({ answer }) => answer) : undefined;
    },
    seen: () => ({ ...seen }),
    [Symbol.asyncDispose]: () =>
      runAll([
        async () => off(),
        // What is not ended ends by itself.
        () => front.endCopies().catch(() => undefined),
        ...lanes.map((lane) => async () => lane?.[Symbol.asyncDispose]()),
      ]),
  };
}

/** The front answers itself where a revision cannot, and lets the other one help out: neither is the revision's answer. */
function ownAnswer(answer: CopyAnswer | undefined, label: string): CopyAnswer | undefined {
  return answer?.revision === label ? answer : undefined;
}
