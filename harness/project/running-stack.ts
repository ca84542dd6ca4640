import { provideImages } from '../compose/provide-images';
import type { WrongAnswer } from '../contract/wrong-answer';
import { entryOf } from '../core/guards';
import type { DeliveryPorts } from '../delivery/ports';
import type { ReleasePorts } from '../delivery/release/ports';
import { requireManaged } from '../delivery/revisions/require-managed';
import { requireStable } from '../delivery/revisions/require-stable';
import type { Revision } from '../delivery/revisions/revision';
import type { RevisionStore } from '../delivery/revisions/revision-store';
import { listContainers, publishedEndpoint } from '../docker/containers';
import type { FaultInjector } from '../faults/injector';
import type { BegunStack } from './begun-stack';
import { deliveryPortsOf, type StackHolders } from './delivery-ports';
import { rememberKeptStack } from './kept-stack';
import { deployedOf, userProject, type RunningPlan } from './plan';
import type { ReleaseVersions } from './release/file';
import { releasePortsOf } from './release/live';
import { planRelease, type ReleasePlan } from './release/plan-release';
import type { ReleaseTarget } from './release/target';
import type { ObservingServices } from './services';

/** What holds, watches and changes a stack that is up. */
interface Parts extends StackHolders {
  readonly faults: FaultInjector;
  /** `undefined` when the configuration names none. */
  readonly services: ObservingServices | undefined;
  /** Why no fault on an edge can be had on this machine; `undefined` where it can. */
  readonly edgeLack: string | undefined;
}

/** A stack that is up and watched. */
export class RunningStack {
  readonly faults: FaultInjector;
  readonly services: ObservingServices | undefined;
  readonly edgeLack: string | undefined;
  readonly #holders: StackHolders;

  constructor(
    private readonly begun: BegunStack,
    { faults, services, edgeLack, ...holders }: Parts,
  ) {
    this.#holders = holders;
    this.faults = faults;
    this.services = services;
    this.edgeLack = edgeLack;
  }

  get revisions(): RevisionStore {
    return this.begun.revisions;
  }

  /** @throws HarnessError `unknown-service`, `no-stable-revision` */
  stable(service: string): Revision {
    requireManaged(service, deployedOf(this.begun.plan));
    return requireStable(service, this.revisions);
  }

  /** Remembers what a later command needs of the stack; only then it stays, whatever becomes of this process. Idempotent. */
  async keep(by: { readonly rerun: string }): Promise<void> {
    rememberKeptStack(this.begun.options.loaded, this.begun.plan, by);
    await this.#holders.guardian.keep();
  }

  endpoint(service: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return publishedEndpoint(this.begun.options.loaded.project, service, port);
  }

  /** Takes what a load found wrong: it counts against the revisions under release that handled it. */
  takeWrong(answer: WrongAnswer): void {
    this.#holders.witnesses.takeWrong(answer);
  }

  /** What the rollout controller acts through. */
  deliveryPorts(): DeliveryPorts {
    return deliveryPortsOf(this.begun, this.#holders, this.services);
  }

  /** What a whole release would do; its images are built and pulled. Changes nothing else. @throws HarnessError as `planRelease` */
  planRelease(target: ReleaseTarget, signal: AbortSignal): Promise<ReleasePlan> {
    const { options, plan } = this.begun;
    return planRelease(options.loaded, plan, target, {
      ...{ revisions: this.revisions, signal },
      provide: ({ services, ...version }) => this.#provide(version, services, signal),
    });
  }

  /** Has the image there by which today's compose files make a service: its name. @throws HarnessError as `provideImages` */
  async provideImage(service: string, signal: AbortSignal): Promise<string | undefined> {
    const { next: model, ...plan } = this.begun.plan;
    requireManaged(service, deployedOf(plan));
    await this.#provide({ ...plan, model }, [service], signal);
    return entryOf(model.services, service)?.image;
  }

  #provide(
    version: Pick<RunningPlan, 'model' | 'composeEnv' | 'source'>,
    services: readonly string[],
    signal: AbortSignal,
  ): Promise<void> {
    const { loaded, images, progress } = this.begun.options;
    return provideImages(userProject(loaded, version), version.model, {
      ...{ ...images, services, signal },
      onStep: (message) => progress.step(message),
    });
  }

  /** What a whole release acts through; its rollouts through `own`, begun by `begin`. */
  releasePorts(versions: ReleaseVersions, own: DeliveryPorts, begin?: ReleasePorts['begin']): ReleasePorts {
    return releasePortsOf(this.begun, { delivery: own, keeper: this.#holders.keeper }, versions, begin);
  }

  /** URLs that a person can open. */
  async urls(): Promise<Record<string, string>> {
    const { load, observability } = this.begun.options.loaded.config;
    const named = { [load.service]: load, ...observability };
    const urls: Record<string, string> = {};
    for (const [name, endpoint] of Object.entries(named)) {
      if (typeof endpoint === 'string') continue;
      const { host, port } = await this.endpoint(endpoint.service, endpoint.port);
      urls[name] = `http://${host}:${port}`;
    }
    return urls;
  }

  /** What runs: the images by compose service, as whoever deployed them named them, with content id. */
  async images(): Promise<Record<string, { image: string; imageId: string }>> {
    const containers = await listContainers({ project: this.begun.options.loaded.project });
    const services = containers.filter(({ composeService }) => composeService !== '');
    const named = new Map(this.revisions.list().map(({ label, image }) => [label, image]));
    return Object.fromEntries(
      services.map(({ composeService, image, imageId }) => [
        composeService,
        { image: named.get(composeService) ?? image, imageId },
      ]),
    );
  }
}
