import { EngineError, type EngineCalls } from './engine-api.ts';
import type { ContainerUndo } from './protocol.ts';

const PROJECT_LABEL = 'rollproof.project';
const COMPOSE_LABEL = 'com.docker.compose.project';
const ROLE_LABEL = 'rollproof.role';
const OWNER_LABEL = 'rollproof.owner';
/** Long enough for an agent to drain what it carries. */
const AGENT_STOP_S = 10;

interface Listed {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
}

class Refused extends Error {}

/** It is not as we left it: somebody else's doing, and none of ours to undo. */
class Superseded extends Error {}

interface Inspected {
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly State: { readonly Running: boolean; readonly Paused?: boolean; readonly FinishedAt: string };
}

/** Cleaning up of one project over the Engine's API. It looks for labels and touches nothing else. */
export class Cleaner {
  readonly #engine: EngineCalls;
  readonly #project: string;
  readonly #log: (message: string) => void;

  constructor(engine: EngineCalls, project: string, log: (message: string) => void) {
    if (project === '') throw new Error('no project');
    this.#engine = engine;
    this.#project = project;
    this.#log = log;
  }

  /** Removes containers (but guardians), networks and volumes of the project. Returns how many things there were. */
  async sweep(): Promise<number> {
    const containers = (await this.#containers()).filter(({ Labels }) => Labels[ROLE_LABEL] !== 'guardian');
    await Promise.all(
      containers.map((container) =>
        this.#try(`removed container ${nameOf(container)}`, () => this.#remove(container.Id)),
      ),
    );
    const networks = await this.#labelled<{ Id: string; Name: string }>('/networks', (answer) => answer as never);
    for (const { Id, Name } of networks) {
      await this.#try(`removed network ${Name}`, () => this.#engine.call('DELETE', `/networks/${Id}`));
    }
    const volumes = await this.#labelled<{ Name: string }>(
      '/volumes',
      (answer) => (answer as { Volumes: { Name: string }[] | null }).Volumes ?? [],
    );
    for (const { Name } of volumes) {
      await this.#try(`removed volume ${Name}`, () => this.#engine.call('DELETE', `/volumes/${Name}`));
    }
    return containers.length + networks.length + volumes.length;
  }

  /** Removes what injects faults, of one process or of all; agents are asked to leave first, so that no connection is cut. */
  async removeHelpers(owner?: string): Promise<void> {
    const all = (await this.#containers()).filter(({ Labels }) => owner === undefined || Labels[OWNER_LABEL] === owner);
    const helpers = all.filter(({ Labels }) => Labels[ROLE_LABEL] === 'agent' || Labels[ROLE_LABEL] === 'helper');
    await Promise.all(
      helpers.map((helper) =>
        this.#try(`removed ${helper.Labels[ROLE_LABEL]} ${nameOf(helper)}`, async () => {
          if (helper.Labels[ROLE_LABEL] === 'agent') {
            await this.#engine.call('POST', `/containers/${helper.Id}/stop?t=${AGENT_STOP_S}`);
          }
          await this.#remove(helper.Id);
        }),
      ),
    );
  }

  /** Puts one container back, if it is the project's. Returns whether that is settled: `false` asks for another try. */
  async undo(undo: ContainerUndo): Promise<boolean> {
    return this.#try(`undid ${undo.id}: ${undo.action} ${undo.container.slice(0, 12)}`, async () => {
      const path = `/containers/${encodeURIComponent(undo.container)}`;
      const { Config, State } = (await this.#engine.call('GET', `${path}/json`)) as Inspected;
      if (Config.Labels[PROJECT_LABEL] !== this.#project && Config.Labels[COMPOSE_LABEL] !== this.#project) {
        throw new Refused(`refused: container ${undo.container} is not of project ${this.#project}`);
      }
      if (undo.finishedAt !== undefined && (State.Running || State.FinishedAt !== undo.finishedAt)) {
        throw new Superseded(`left ${undo.id}: container ${undo.container.slice(0, 12)} has been started since`);
      }
      if (undo.action === 'unpause' && State.Paused !== true) {
        throw new Superseded(`left ${undo.id}: container ${undo.container.slice(0, 12)} is not paused`);
      }
      if (undo.action === 'restart-policy') {
        await this.#engine.call('POST', `${path}/update`, { RestartPolicy: undo.restartPolicy });
      } else await this.#engine.call('POST', `${path}/${undo.action}`);
    });
  }

  async #containers(): Promise<Listed[]> {
    return this.#labelled<Listed>('/containers/json', (answer) => answer as Listed[], '&all=1');
  }

  async #labelled<T extends { Id?: string; Name?: string }>(
    path: string,
    read: (answer: unknown) => T[],
    more = '',
  ): Promise<T[]> {
    const found = new Map<string, T>();
    for (const label of [PROJECT_LABEL, COMPOSE_LABEL]) {
      const filters = encodeURIComponent(JSON.stringify({ label: [`${label}=${this.#project}`] }));
      for (const item of read(await this.#engine.call('GET', `${path}?filters=${filters}${more}`))) {
        found.set(item.Id ?? item.Name ?? '', item);
      }
    }
    return [...found.values()];
  }

  async #remove(id: string): Promise<void> {
    await this.#engine.call('DELETE', `/containers/${id}?force=1&v=1`);
  }

  /** What is gone already, or just going, is as it should be. */
  async #try(message: string, action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      this.#log(message);
      return true;
    } catch (error) {
      if (error instanceof EngineError && error.status === 404) return true;
      if (error instanceof Superseded) {
        this.#log(error.message);
        return true;
      }
      this.#log(`failed: ${message}: ${error instanceof Error ? error.message : String(error)}`);
      return error instanceof Refused;
    }
  }
}

function nameOf({ Names, Id }: Listed): string {
  return Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12);
}
