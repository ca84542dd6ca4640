import { HarnessError } from '../core/errors';
import type { DeliveryPorts } from './ports';
import { isSameSpec, nextRevision, type Revision } from './revision';

export interface PreflightRequest {
  readonly service: string;
  readonly image: string;
  /** Deploy even when this very image and configuration are running. */
  readonly redeploy?: boolean;
}

/** What a deployment would do. `to` is `from` when nothing would change. */
export interface Plan {
  readonly from: Revision;
  readonly to: Revision;
}

/**
 * Checks all that can be checked without changing anything.
 * @throws HarnessError `unknown-service`, `image-not-found`, `no-stable-revision`, `rollout-unfinished`
 */
export async function preflight(request: PreflightRequest, ports: DeliveryPorts): Promise<Plan> {
  const { service, image } = request;
  const { revisions, managed } = ports;
  if (managed[service] === undefined) {
    const known = Object.keys(managed);
    throw new HarnessError('unknown-service', {
      message: `${service} is not a managed service of this stack`,
      facts: { service, managed: known },
      hint: `Managed are: ${known.join(', ')}. Others are added under \`managed\` in rollproof.config.ts.`,
    });
  }
  const unfinished = revisions.unfinished(service)[0];
  if (unfinished !== undefined) {
    throw new HarnessError('rollout-unfinished', {
      message: `the rollout ${unfinished.rollout?.id} of ${unfinished.label} has not ended`,
      facts: { service, revision: unfinished.label },
      hint: 'Recover it first; the next `rollproof` command does.',
    });
  }
  const imageId = await ports.imageId(image);
  if (imageId === undefined) {
    throw new HarnessError('image-not-found', {
      message: `image ${image} is not present on this engine`,
      facts: { service, image },
      hint: `Build it, or \`docker pull ${image}\`; \`docker image ls\` shows what is there. Nothing was changed.`,
    });
  }
  const from = revisions.stable(service);
  if (from === undefined) {
    throw new HarnessError('no-stable-revision', {
      message: `${service} has no stable revision to deploy over`,
      facts: { service },
      hint: 'Bring the stack up first.',
    });
  }
  const spec = { image, imageId, configHash: await ports.configHash(service) };
  if (isSameSpec(from, spec) && request.redeploy !== true) return { from, to: from };
  return { from, to: nextRevision(revisions.list(service), from, spec) };
}
