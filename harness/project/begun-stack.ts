import { join } from 'node:path';
import { instrument } from '../compose/instrument';
import type { ComposeModel } from '../compose/model';
import { planMounts } from '../compose/mounts/plan';
import type { MountRecord } from '../compose/mounts/record';
import { ComposeProject } from '../compose/project';
import { tearDown } from '../core/bounded';
import { contentHash } from '../core/ids';
import { OWNER } from '../core/owner';
import {
  forgetRevisions,
  openRevisionStore,
  revisionsPath,
  type RevisionStore,
} from '../delivery/revisions/revision-store';
import type { Revision } from '../delivery/revisions/revision';
import { writeTargets } from '../observe/targets';
import { forgetMounts, readMounts } from './mount-file';
import { deployedOf, type StackPlan } from './plan';
import { forgetRelease } from './release/file';
import { makeMounts } from './stack-mounts';
import type { StackOptions } from './stack-options';
import { stackTeardown, type StackEnds } from './stack-teardown';

/**
 * A stack of which something may have begun, and what has begun can be taken down at any moment. `bringUp` and `attach` make it a
 * `RunningStack`, which has everything.
 */
export class BegunStack {
  /** What ends each part that has begun. */
  readonly ends: StackEnds = {};
  readonly revisions: RevisionStore;
  readonly compose: ComposeProject;
  /** What is up now: a release changes it. */
  plan: StackPlan;
  /** Managed services that a release under way may bring. */
  coming: readonly string[] = [];

  private constructor(readonly options: StackOptions) {
    const { project, stateDirectory } = options.loaded;
    const { isShared } = options;
    this.plan = options.plan;
    this.revisions = openRevisionStore(revisionsPath(stateDirectory));
    // Compose reads its file for a while: of two processes none may replace the other's.
    const stateDir = isShared ? join(stateDirectory, 'compose', OWNER) : stateDirectory;
    this.compose = new ComposeProject({ project, stateDir });
  }

  /** A project of which nothing is there yet. */
  static fresh(options: StackOptions): BegunStack {
    forgetRevisions(options.loaded.stateDirectory);
    forgetMounts(options.loaded.stateDirectory);
    forgetRelease(options.loaded);
    return new BegunStack(options);
  }

  /** A project that an earlier command left up. */
  static kept(options: StackOptions): BegunStack {
    return new BegunStack(options);
  }

  /** Leaves the stack up and healthy: no fault, no watcher of ours but the keeper that stays with it. */
  leave(): Promise<void> {
    return tearDown(stackTeardown(this.ends));
  }

  /**
   * Captures evidence, then removes the project. Goes on whatever fails or hangs, and throws what did.
   * @throws HarnessError `teardown-timed-out`, naming the step
   */
  down(): Promise<void> {
    const evidence = () => this.compose.captureEvidence(this.evidenceDirectory);
    const project = (signal: AbortSignal) => this.compose.down({ volumes: true, signal });
    return tearDown(stackTeardown(this.ends, { evidence, project }));
  }

  get evidenceDirectory(): string {
    return join(this.options.runDirectory, 'evidence');
  }

  /** The services that have a front, or are about to get one. */
  get fronts(): readonly string[] {
    return [...new Set([...Object.keys(this.plan.managed), ...this.coming])];
  }

  /** The compose model as it is to run now: the plan's, with a front a managed service and a service a revision. */
  model(): ComposeModel {
    const { plan } = this;
    const { loaded, keep } = this.options;
    return instrument({
      model: plan.model,
      project: loaded.project,
      managed: plan.managed,
      workers: plan.workers,
      revisions: this.#rendered(),
      mounts: planMounts(readMounts(loaded.stateDirectory)),
      copiedVolumes: Object.keys(loaded.config.volumes ?? {}),
      frontImage: plan.frontImage,
      publish: keep ? 'fixed' : 'ephemeral',
    });
  }

  /**
   * Makes what stands for the mounts of this machine, of all that the model has now: before it is brought up.
   * @throws HarnessError as {@link makeMounts}
   */
  makeMounts(signal?: AbortSignal): Promise<MountRecord> {
    const { plan } = this;
    return makeMounts({
      ...{ loaded: this.options.loaded, helperImage: plan.helperImage, model: plan.model, revisions: this.#rendered() },
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** A release that goes back leaves no service that it brought; until its records have gone too, they are nobody's. */
  #rendered(): readonly Revision[] {
    return this.revisions.list().filter(({ service }) => Object.hasOwn(deployedOf(this.plan), service));
  }

  /** Tells Prometheus which revisions there are; once more where another process has changed them meanwhile, whose list we may have replaced. */
  async writeTargets(): Promise<void> {
    const { plan } = this;
    const { loaded } = this.options;
    for (;;) {
      const known = this.revisions.list();
      await writeTargets({
        directory: join(loaded.stateDirectory, 'targets'),
        managed: plan.managed,
        revisions: known.filter(({ status }) => status === 'stable' || status === 'candidate'),
      });
      if (contentHash(known) === contentHash(this.revisions.list())) return;
    }
  }
}
