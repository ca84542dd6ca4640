import { requireManaged } from './require-managed';
import { requireStable } from './require-stable';
import { isWorker } from '../../contract/config';
import { HarnessError } from '../../core/errors';
import type { DeliveryPorts } from '../ports';
import { isSameSpec, nextRevision, specOf, type Revision, type RevisionSpec } from './revision';

/** What can be asked without changing anything. */
export type PlanningPorts = Pick<DeliveryPorts, 'revisions' | 'managed' | 'spec' | 'hasImage'>;

/** What to go to: an image, or back to a revision that was. */
export interface PreflightRequest {
  readonly service: string;
  /** Of the next revision, made by today's compose files and configuration. Either this, or `undo`, or `retry`. */
  readonly image?: string;
  /** Back to what a revision was made of, whatever has been edited, rebuilt or removed since: its number, or the last good one. */
  readonly undo?: number | 'last-good';
  /** Once more what a rollout brought, by its own strategy. */
  readonly retry?: Retried;
  /** Deploy even when this very content, definition and settings are running. */
  readonly redeploy?: boolean;
}

/** What is tried again. */
export interface Retried {
  /** Id of the rollout. */
  readonly rollout: string;
  /** Number of the revision that it brought. */
  readonly revision: number;
}

/** What a deployment would do. `to` is `from` when nothing would change. */
export interface Plan {
  readonly from: Revision;
  readonly to: Revision;
}

/**
 * Checks all that can be checked without changing anything, and says what the next revision is to be made of.
 * @throws HarnessError `unknown-service`, `image-not-found`, `no-stable-revision`, `rollout-unfinished`, `nothing-to-undo`
 */
export async function preflight(request: PreflightRequest, ports: PlanningPorts): Promise<RevisionSpec> {
  const { service, retry } = request;
  const undo = retry?.revision ?? request.undo;
  requireManaged(service, ports.managed);
  const { from, history } = groundOf(service, ports);
  if (undo !== undefined) return specToGoBackTo(undo, { from, history, ports });
  return specOfImage(service, request.image ?? from.image, ports);
}

/**
 * Makes the plan by the records as they are now: another rollout may have begun while something was waited for. Nothing may be waited for
 * between it and the record of the new revision.
 * @throws HarnessError `no-stable-revision`, `rollout-unfinished`, `front-unfit`
 */
export function planOf({ service, redeploy }: PreflightRequest, spec: RevisionSpec, ports: PlanningPorts): Plan {
  const { from, history } = groundOf(service, ports);
  if (isSameSpec(from, spec) && redeploy !== true) return { from, to: from };
  checkFront(from, spec);
  return { from, to: nextRevision(history, from, spec) };
}

/** What there is to deploy over. */
function groundOf(service: string, { revisions }: PlanningPorts): { from: Revision; history: readonly Revision[] } {
  const unfinished = revisions.unfinished(service)[0];
  if (unfinished !== undefined) {
    throw new HarnessError('rollout-unfinished', {
      message: `the rollout ${unfinished.rollout?.id} of ${unfinished.label} has not ended`,
      facts: { service, revision: unfinished.label },
      hint: 'Wait for its end where it is under way; one that was cut off is ended by the next `rollproof` command.',
    });
  }
  return { from: requireStable(service, revisions), history: revisions.list(service) };
}

async function specOfImage(service: string, image: string, ports: PlanningPorts): Promise<RevisionSpec> {
  const spec = await ports.spec(service, image);
  if (spec !== undefined) return spec;
  throw new HarnessError('image-not-found', {
    message: `image ${image} is not present on this engine`,
    facts: { service, image },
    hint: `Build it, or \`docker pull ${image}\`; \`docker image ls\` shows what is there. Nothing was changed.`,
  });
}

/** Which revision is meant by an undo; `undefined` when there is none. */
export function revisionToGoBackTo(
  undo: number | 'last-good',
  { from, history }: { readonly from: Revision; readonly history: readonly Revision[] },
): Revision | undefined {
  return undo === 'last-good'
    ? history.findLast((revision) => revision.status === 'retired' && !isSameSpec(revision, from))
    : history.find(({ number }) => number === undo);
}

/** The record of a revision is all that is needed; its containers and the user's own tag may be gone. */
async function specToGoBackTo(
  undo: number | 'last-good',
  {
    from,
    history,
    ports,
  }: { readonly from: Revision; readonly history: readonly Revision[]; readonly ports: PlanningPorts },
): Promise<RevisionSpec> {
  const wanted = revisionToGoBackTo(undo, { from, history });
  if (wanted === undefined) {
    const what = undo === 'last-good' ? 'no earlier good revision' : `no revision ${undo}`;
    const known = history.map(({ label, status }) => `${label} (${status})`);
    throw new HarnessError('nothing-to-undo', {
      message: `${from.service} has ${what} to go back to`,
      facts: { service: from.service, known },
      hint: `Known are ${known.join(', ')}. Nothing was changed.`,
    });
  }
  if (await ports.hasImage(wanted)) return specOf(wanted);
  throw new HarnessError('image-not-found', {
    message: `the image of ${wanted.label} is not on this engine any more: somebody removed our tag of it`,
    facts: { service: wanted.service, image: wanted.image, imageId: wanted.imageId },
    hint: `Build ${wanted.image} as it was, and deploy that. Nothing was changed.`,
  });
}

/** A front is made once, for its service's port and readiness path. */
function checkFront(from: Revision, { settings }: RevisionSpec): void {
  const { settings: own } = from;
  if (isWorker(own) || isWorker(settings)) return;
  const said = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
  const changed = (['port', 'readiness', 'stickyBy'] as const).filter(
    (name) => said(own[name]) !== said(settings[name]),
  );
  if (changed.length === 0) return;
  const was = changed.map((name) => `${name} ${said(own[name])}, not ${said(settings[name])}`).join('; ');
  throw new HarnessError('front-unfit', {
    message: `the front of ${from.service} was made for ${was}`,
    facts: { service: from.service, changed },
    hint: 'Take the stack down and bring it up again: a front cannot change these under traffic. Nothing was changed.',
  });
}
