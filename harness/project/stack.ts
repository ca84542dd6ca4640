import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { instrument } from '../compose/instrument';
import { ComposeProject } from '../compose/project';
import { listUnready } from '../compose/readiness';
import { tearDown } from '../core/bounded';
import { every } from '../core/clock';
import { HarnessError } from '../core/errors';
import type { Journal } from '../contract/journal';
import { runAheadOfOthers } from '../core/priority';
import { livePorts } from '../delivery/live';
import type { DeliveryPorts } from '../delivery/ports';
import type { Revision } from '../delivery/revision';
import { openRevisionStore, type RevisionStore } from '../delivery/revision-store';
import { listContainers, publishedEndpoint } from '../docker/containers';
import { Guardian, type GuardianMode } from '../faults/guardian';
import { FaultInjector } from '../faults/injector';
import { lackOfPacketRules } from '../faults/packet-rules';
import { FrontKeeper } from '../front/keeper';
import { watchHealth } from '../observe/health';
import { startLogCollector, type LogCollector } from '../observe/log-collector';
import { writeTargets } from '../observe/targets';
import { watchTraffic } from '../observe/traffic';
import { configHash, type StackPlan } from './plan';
import type { LoadedConfig } from '../contract/config-file';
import type { Progress } from '../core/progress';
import { connectServices, type ObservingServices } from './services';
import { journalLogs, stackTeardown, type StackEnds } from './stack-teardown';

/** What a kernel without the packet rules of agents switches off. */
const EDGE_FAULTS = 'faults on edges';

/** How often a person is told what is not healthy yet, ms. */
const STILL_WAITING_MS = 10_000;

export interface StackOptions {
  readonly loaded: LoadedConfig;
  readonly plan: StackPlan;
  readonly journal: Journal;
  readonly journalPath: string;
  /** The run's folder for `logs/` and `evidence/`. */
  readonly runDirectory: string;
  readonly seed: string;
  readonly keep: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Called when nobody would clean up after us any more: the run must end. */
  readonly onLost: (error: HarnessError) => void;
}

/** A stack that is up, and everything that holds, watches and changes it. */
export class Stack {
  readonly #options: StackOptions;
  readonly #watching = new AbortController();
  readonly #traffic: Promise<void>[] = [];
  readonly #revisions: RevisionStore;
  readonly #compose: ComposeProject;
  #guardian: Guardian | undefined;
  #collector: LogCollector | undefined;
  #keeper: FrontKeeper | undefined;
  #faults: FaultInjector | undefined;
  #services: ObservingServices | undefined;
  #edgeLack: string | undefined;

  private constructor(options: StackOptions) {
    this.#options = options;
    const { project, stateDirectory } = options.loaded;
    this.#revisions = openRevisionStore(join(stateDirectory, 'revisions.json'));
    this.#compose = new ComposeProject({ project, stateDir: stateDirectory });
  }

  /** Brings a project up from nothing. What has begun when it throws is taken down by {@link down}. */
  static create(options: StackOptions): Stack {
    rmSync(join(options.loaded.stateDirectory, 'revisions.json'), { force: true });
    return new Stack(options);
  }

  /** Takes hold of a project that an earlier command left up. */
  static of(options: StackOptions): Stack {
    return new Stack(options);
  }

  get revisions(): RevisionStore {
    return this.#revisions;
  }

  get services(): ObservingServices | undefined {
    return this.#services;
  }

  get faults(): FaultInjector {
    return held(this.#faults);
  }

  /** Why no fault on an edge can be had on this machine; `undefined` where it can. */
  get edgeLack(): string | undefined {
    return this.#edgeLack;
  }

  /** @throws HarnessError `unknown-service` */
  stable(service: string): Revision {
    const revision = this.#revisions.stable(service);
    if (revision !== undefined) return revision;
    throw new HarnessError('unknown-service', {
      message: `${service} is not a managed service`,
      hint: `Managed are ${Object.keys(this.#options.loaded.config.managed).join(', ')}.`,
    });
  }

  endpoint(service: string, port: number): Promise<{ readonly host: string; readonly port: number }> {
    return publishedEndpoint(this.#options.loaded.project, service, port);
  }

  /** Guardian, fronts, collector first; then Compose, until every health check passes. */
  async up(): Promise<void> {
    const { plan, progress, signal } = this.#options;
    this.#revisions.put(...plan.firstRevisions);
    await this.#writeModel();
    await this.#guard('ephemeral');
    await this.#watch();
    // Beside Compose, which waits for most of the time; what goes wrong here is told after what goes wrong there.
    const looking = this.#lookForEdgeLack().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    let broken: { readonly error: unknown } | undefined;
    progress.step('bringing the stack up', { services: Object.keys(plan.model.services).length });
    const stop = every(STILL_WAITING_MS, () => void this.#tellWhatIsMissing());
    try {
      await this.#compose.up({ wait: true, timeoutMs: 180_000, signal });
    } finally {
      stop();
      broken = await looking;
    }
    if (broken !== undefined) throw broken.error;
    await this.#connect();
  }

  async #tellWhatIsMissing(): Promise<void> {
    const unready = await listUnready(this.#options.loaded.project);
    const states = unready.map(({ composeService, health }) => [composeService, health] as const);
    if (states.length > 0) this.#options.progress.step('still waiting for', Object.fromEntries<string>(states));
  }

  /** Takes hold of what runs already. */
  async attach(): Promise<void> {
    await this.#guard('kept');
    await this.#watch();
    await this.#lookForEdgeLack();
    await this.#connect();
  }

  /** What the rollout controller acts through. */
  deliveryPorts(): DeliveryPorts {
    const { loaded, plan, journal, journalPath } = this.#options;
    const evidenceDirectory = this.#evidenceDirectory;
    return livePorts({
      project: loaded.project,
      managed: loaded.config.managed,
      revisions: this.#revisions,
      keeper: held(this.#keeper),
      compose: this.#compose,
      model: () => this.#model(),
      onRevisionsChanged: () => this.#writeTargets(),
      configHash: async (service) => configHash(plan.model, service),
      ...{ journal, journalPath, evidenceDirectory },
    });
  }

  /** URLs that a person can open. */
  async urls(): Promise<Record<string, string>> {
    const { load, observability } = this.#options.loaded.config;
    const named = { [load.service]: load, ...observability };
    const urls: Record<string, string> = {};
    for (const [name, endpoint] of Object.entries(named)) {
      if (typeof endpoint === 'string') continue;
      const { host, port } = await this.endpoint(endpoint.service, endpoint.port);
      urls[name] = `http://${host}:${port}`;
    }
    return urls;
  }

  /** What runs: the images by compose service, by content id. */
  async images(): Promise<Record<string, { image: string; imageId: string }>> {
    const containers = await listContainers({ project: this.#options.loaded.project });
    const services = containers.filter(({ composeService }) => composeService !== '');
    return Object.fromEntries(
      services.map(({ composeService, image, imageId }) => [composeService, { image, imageId }]),
    );
  }

  /** Leaves the stack up and healthy: no fault, no guardian, no watcher of ours. */
  leave(): Promise<void> {
    return tearDown(stackTeardown(this.#ends()));
  }

  /**
   * Captures evidence, then removes the project. Goes on whatever fails or hangs, and throws what did.
   * @throws HarnessError `teardown-timed-out`, naming the step
   */
  down(): Promise<void> {
    const evidence = () => this.#compose.captureEvidence(this.#evidenceDirectory);
    const project = (signal: AbortSignal) => this.#compose.down({ volumes: true, signal });
    return tearDown(stackTeardown(this.#ends(), { evidence, project }));
  }

  get #evidenceDirectory(): string {
    return join(this.#options.runDirectory, 'evidence');
  }

  #ends(): StackEnds {
    return {
      faults: async () => this.#faults?.[Symbol.asyncDispose](),
      alerts: async () => this.#services?.alerts?.stop(),
      traffic: () => {
        this.#watching.abort();
        return Promise.all(this.#traffic);
      },
      fronts: async () => this.#keeper?.[Symbol.asyncDispose](),
      logs: async () => {
        const logs = await this.#collector?.stop();
        if (logs !== undefined) journalLogs(this.#options.journal, logs);
      },
      guardian: async () => this.#guardian?.stop(),
    };
  }

  async #guard(mode: GuardianMode): Promise<void> {
    const { loaded, plan, journal } = this.#options;
    this.#guardian = await Guardian.start({
      project: loaded.project,
      helperImage: plan.helperImage,
      mode: this.#options.keep ? 'kept' : mode,
      onEvent: (event) => journal.append({ type: 'note', message: 'guardian', detail: { ...event } }),
      onLost: () => this.#options.onLost(guardianLost(loaded.project)),
    });
  }

  async #watch(): Promise<void> {
    runAheadOfOthers();
    const { loaded, journal, runDirectory } = this.#options;
    const { project, config } = loaded;
    const { signal } = this.#watching;
    await watchHealth({ project, journal, signal });
    this.#keeper = await FrontKeeper.start({
      project,
      managed: config.managed,
      revisions: () => this.#revisions.list(),
      signal,
      journal,
    });
    this.#collector = await startLogCollector({ project, directory: join(runDirectory, 'logs') });
  }

  /** Says what this machine cannot do, instead of failing for it or passing without it. */
  async #lookForEdgeLack(): Promise<void> {
    const { loaded, plan, journal, progress } = this.#options;
    if ((loaded.config.edges ?? []).length === 0) return;
    this.#edgeLack = await lackOfPacketRules(loaded.project, plan.helperImage);
    if (this.#edgeLack === undefined) return;
    journal.append({ type: 'skipped-capability', capability: EDGE_FAULTS, reason: this.#edgeLack });
    progress.step(`skipped: ${EDGE_FAULTS}`, { reason: this.#edgeLack });
  }

  async #connect(): Promise<void> {
    const { loaded, plan, journal, seed } = this.#options;
    const { project, config } = loaded;
    for (const service of Object.keys(config.managed)) {
      this.#traffic.push(watchTraffic({ project, service, journal, signal: this.#watching.signal }));
    }
    this.#services = await connectServices(loaded, plan, journal);
    this.#faults = await FaultInjector.start({
      project,
      helperImage: plan.helperImage,
      journal,
      guardian: held(this.#guardian),
      seed,
      edges: this.#edgeLack === undefined ? (config.edges ?? []) : [],
      managed: config.managed,
      signal: this.#watching.signal,
    });
  }

  #model() {
    const { loaded, plan, keep } = this.#options;
    return instrument({
      model: plan.model,
      project: loaded.project,
      managed: loaded.config.managed,
      revisions: this.#revisions.list(),
      frontImage: plan.frontImage,
      publish: keep ? 'fixed' : 'ephemeral',
    });
  }

  async #writeModel(): Promise<void> {
    this.#compose.write(this.#model());
    await this.#writeTargets();
  }

  async #writeTargets(): Promise<void> {
    const { loaded } = this.#options;
    const running = this.#revisions.list().filter(({ status }) => status === 'stable' || status === 'candidate');
    await writeTargets({
      directory: join(loaded.stateDirectory, 'targets'),
      managed: loaded.config.managed,
      revisions: running,
    });
  }
}

function guardianLost(project: string): HarnessError {
  return new HarnessError('guardian-lost', {
    message: `the guardian of ${project} has gone: the Docker Engine went away, or something removed its container`,
    facts: { project },
    hint: 'See whether Docker runs. What is left is removed by the guardian, if it lives, and by the next command.',
  });
}

function held<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the stack is not up');
  return value;
}
