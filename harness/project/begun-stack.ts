import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { instrument } from '../compose/instrument';
import type { ComposeModel } from '../compose/model';
import { ComposeProject } from '../compose/project';
import { tearDown } from '../core/bounded';
import { openRevisionStore, revisionsPath, type RevisionStore } from '../delivery/revisions/revision-store';
import { writeTargets } from '../observe/targets';
import type { StackPlan } from './plan';
import { forgetRelease } from './release/file';
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

  private constructor(readonly options: StackOptions) {
    const { project, stateDirectory } = options.loaded;
    this.plan = options.plan;
    this.revisions = openRevisionStore(revisionsPath(stateDirectory));
    this.compose = new ComposeProject({ project, stateDir: stateDirectory });
  }

  /** A project of which nothing is there yet. */
  static fresh(options: StackOptions): BegunStack {
    rmSync(revisionsPath(options.loaded.stateDirectory), { force: true });
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

  /** The compose model as it is to run now: the plan's, with a front a managed service and a service a revision. */
  model(): ComposeModel {
    const { plan } = this;
    const { loaded, keep } = this.options;
    return instrument({
      model: plan.model,
      project: loaded.project,
      managed: plan.managed,
      workers: plan.workers,
      revisions: this.revisions.list(),
      frontImage: plan.frontImage,
      publish: keep ? 'fixed' : 'ephemeral',
    });
  }

  /** Tells Prometheus which revisions there are. */
  async writeTargets(): Promise<void> {
    const { plan } = this;
    const { loaded } = this.options;
    const running = this.revisions.list().filter(({ status }) => status === 'stable' || status === 'candidate');
    await writeTargets({
      directory: join(loaded.stateDirectory, 'targets'),
      managed: plan.managed,
      revisions: running,
    });
  }
}
