import type { Observation } from '../contract/observation';
import type { Journal } from '../contract/journal';
import { watchEvents, type ContainerEvent } from '../docker/events';

type HealthState = Extract<Observation, { type: 'health' }>['state'];

/** Tells what an Engine event says about a container's health. One a project: it remembers who was asked to stop. */
export class HealthReader {
  readonly #askedToStop = new Set<string>();

  /** `undefined` when the event says nothing new. */
  read(event: Pick<ContainerEvent, 'action' | 'health' | 'containerId' | 'attributes'>): HealthState | undefined {
    const { action, health, containerId, attributes } = event;
    switch (action) {
      case 'start':
        this.#askedToStop.delete(containerId);
        return 'started';
      case 'health_status':
        return health;
      case 'kill':
        // `docker stop` begins with the stop signal; SIGKILL alone is a crash.
        if (attributes['signal'] !== '9') this.#askedToStop.add(containerId);
        return undefined;
      case 'die':
        return this.#askedToStop.delete(containerId) ? 'stopped' : 'died';
      default:
        return undefined;
    }
  }
}

/** Appends a `health` observation for every change of a container of the project. Resolves when it watches. */
export async function watchHealth(options: {
  readonly project: string;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}): Promise<void> {
  const reader = new HealthReader();
  await watchEvents({
    project: options.project,
    signal: options.signal,
    onEvent: (event) => {
      const state = reader.read(event);
      if (state === undefined) return;
      const container = event.attributes['name'] ?? event.containerId.slice(0, 12);
      const service = event.composeService === '' ? container : event.composeService;
      options.journal.append({ type: 'health', service, container, state }, { atMs: event.atMs });
    },
  });
}
