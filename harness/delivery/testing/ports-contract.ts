import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CopiedRequest } from '../../front/copies';
import type { DeliveryPorts, RequestSample } from '../ports';
import { nextRevision, specOf, type Revision } from '../revisions/revision';
import { until } from '../until';

/** A stable revision behind a front, however real. */
export interface ContractWorld extends AsyncDisposable {
  readonly ports: DeliveryPorts;
  readonly service: string;
  /** Sends so many requests, and says which revision answered each: `undefined` where none did. */
  ask(count: number): Promise<readonly (string | undefined)[]>;
  /** Ends a revision's replicas at once. */
  kill(label: string): Promise<void>;
}

const READY_MS = 20_000;

/**
 * What the controller may rely on. Runs against `FakeWorld` and, with Docker, against the real ports and a real front: a controller that is
 * tested with the one works with the other. The tests build on each other.
 */
export function deliveryPortsContract(name: string, open: () => Promise<ContractWorld>): void {
  describe(`delivery ports: ${name}`, () => {
    let world: ContractWorld;
    let ports: DeliveryPorts;
    let stable: Revision;
    let candidate: Revision;
    const samples: RequestSample[] = [];
    const watching = new AbortController();

    beforeAll(async () => {
      world = await open();
      ports = world.ports;
      const found = ports.revisions.stable(world.service);
      if (found === undefined) throw new Error('the world has no stable revision');
      stable = found;
      await ports.watch(world.service, (sample) => samples.push(sample), watching.signal);
      candidate = await started();
    }, 120_000);

    afterAll(async () => {
      watching.abort();
      await world[Symbol.asyncDispose]();
    }, 60_000);

    async function started(): Promise<Revision> {
      const next = nextRevision(ports.revisions.list(world.service), stable, specOf(stable));
      ports.revisions.put(next);
      await ports.start(next, { timeoutMs: READY_MS });
      return next;
    }

    const usable = (revision: Revision, is = true) =>
      until(
        ports.clock,
        { condition: `${revision.label} is ${is ? '' : 'not '}usable`, timeoutMs: READY_MS },
        async () => (await ports.usable(revision)) === is,
      );

    /** Percent of the traffic on the candidate. */
    const share = (percent: number) => {
      const rest = 100 - percent;
      return ports.setWeights(
        world.service,
        candidate.slot === 'green' ? { blue: rest, green: percent } : { blue: percent, green: rest },
      );
    };

    const served = async (count = 60) => {
      const answers = await world.ask(count);
      const by = (label: string) => answers.filter((answer) => answer === label).length;
      return {
        stable: by(stable.label),
        candidate: by(candidate.label),
        nobody: count - by(stable.label) - by(candidate.label),
      };
    };

    /** The samples of some requests, which have ended. */
    const sampled = async (count = 60) => {
      await ports.caughtUp(world.service, { timeoutMs: READY_MS });
      samples.length = 0;
      await world.ask(count);
      expect(await ports.caughtUp(world.service, { timeoutMs: READY_MS })).toBe(true);
      return samples.slice();
    };

    it('gives what was started neither checks nor traffic before it is admitted, whatever its weight', async () => {
      expect([await ports.usable(stable), await ports.usable(candidate)]).toEqual([true, false]);
      await share(50);
      expect(await served()).toEqual({ stable: 60, candidate: 0, nobody: 0 });
      await share(0);
      expect(await ports.usable(candidate)).toBe(false);
    });

    it('checks what is admitted, and gives it nothing at weight 0', async () => {
      await ports.admit(candidate);
      await usable(candidate);
      expect(await served()).toEqual({ stable: 60, candidate: 0, nobody: 0 });
      expect(new Set(await ports.probe(world.service))).toEqual(new Set([stable.label]));
    });

    it('copies what users read, asks whoever is named, and tells of no copy as of a user’s request', async () => {
      if (ports.shadow === undefined) throw new Error('nobody copies');
      await using shadow = await ports.shadow(world.service);
      await shadow.requests();
      await world.ask(5);
      const copied: CopiedRequest[] = [];
      await until(ports.clock, { condition: 'a request was copied', timeoutMs: READY_MS }, async () => {
        copied.push(...(await shadow.requests()));
        return copied.length > 0;
      });
      const [request] = copied;
      if (request === undefined) throw new Error('nothing was copied');
      await sampled(0);
      const answers = await shadow.ask(request, [stable, candidate, stable]);
      expect(answers?.map((answer) => answer?.revision)).toEqual([stable.label, candidate.label, stable.label]);
      expect(await ports.caughtUp(world.service, { timeoutMs: READY_MS })).toBe(true);
      expect(samples).toEqual([]);
    });

    it('splits by weight, and tells of each request the revision and the epoch of the weights', async () => {
      const before = await share(0);
      const epoch = await share(50);
      expect(epoch).toBeGreaterThan(before);
      expect(await share(50)).toBe(epoch);
      const told = await sampled();
      expect(told).toHaveLength(60);
      expect(new Set(told.map((sample) => sample.epoch))).toEqual(new Set([epoch]));
      expect(new Set(told.map(({ revision }) => revision))).toEqual(new Set([stable.label, candidate.label]));
      expect(told.every(({ error, revision, servedBy }) => !error && servedBy === revision)).toBe(true);
    });

    it('has the other revision help out where that has a weight, and charges the one that was chosen', async () => {
      await world.kill(candidate.label);
      const told = await sampled();
      expect(told.map(({ servedBy }) => servedBy)).toEqual(told.map(() => stable.label));
      const failed = told.filter(({ error }) => error);
      expect(failed.length).toBeGreaterThan(0);
      expect(new Set(failed.map(({ revision }) => revision))).toEqual(new Set([candidate.label]));
      await usable(candidate, false);
    });

    it('finds a slot as it was when its replica comes back', async () => {
      await ports.revive(candidate, { timeoutMs: READY_MS });
      await usable(candidate);
      expect((await served()).candidate).toBeGreaterThan(0);
    });

    it('never has a revision of weight 0 help out', async () => {
      await share(0);
      await world.kill(stable.label);
      expect(await served()).toEqual({ stable: 0, candidate: 0, nobody: 60 });
      const told = await sampled();
      expect(
        told.every(({ revision, servedBy, error }) => revision === stable.label && servedBy === undefined && error),
      ).toBe(true);
      await ports.revive(stable, { timeoutMs: READY_MS });
      await usable(stable);
      expect(await served()).toEqual({ stable: 60, candidate: 0, nobody: 0 });
    });

    it('gives what drains, and what was taken out, no new request, until it is admitted again', async () => {
      await share(50);
      await ports.drain(candidate);
      expect(await served()).toEqual({ stable: 60, candidate: 0, nobody: 0 });
      expect(await ports.awaitDrained(candidate, { timeoutMs: READY_MS })).toBe(true);
      await ports.retire(candidate);
      expect(await ports.usable(candidate)).toBe(false);
      expect(await served()).toEqual({ stable: 60, candidate: 0, nobody: 0 });
      await ports.admit(candidate);
      await usable(candidate);
      expect((await served()).candidate).toBeGreaterThan(0);
    });

    it('keeps what was stopped, and leaves it out when it is revived, as it was taken out', async () => {
      await share(0);
      await ports.retire(candidate);
      await ports.stop(candidate, { graceMs: 1_000 });
      await ports.revive(candidate, { timeoutMs: READY_MS });
      expect(await ports.usable(candidate)).toBe(false);
      await ports.stop(candidate, { graceMs: 1_000 });
    });

    it('starts and stops single replicas, and the others serve on', async () => {
      const counts = async (revision: Revision) => [
        await ports.runningReplicas(revision),
        await ports.readyReplicas(revision),
      ];
      const ready = (revision: Revision, replicas: number) =>
        until(
          ports.clock,
          { condition: `${replicas} replicas of ${revision.label} are ready`, timeoutMs: READY_MS },
          async () => (await ports.readyReplicas(revision)) === replicas,
        );
      await ports.revive(candidate, { timeoutMs: READY_MS, replicas: 1 });
      await ports.admit(candidate);
      await ready(candidate, 1);
      expect(await counts(candidate)).toEqual([1, 1]);
      await ports.start(candidate, { timeoutMs: READY_MS, replicas: 2 });
      await ready(candidate, 2);
      expect(await counts(candidate)).toEqual([2, 2]);
      await share(50);
      expect([await ports.share(candidate), await ports.share(stable)]).toEqual([50, 50]);
      const limits = { drainMs: READY_MS, graceMs: 1_000 };
      expect(await ports.thin(candidate, { keep: 1, ...limits })).toEqual({ isDrained: true, killed: [] });
      expect(await counts(candidate)).toEqual([1, 1]);
      const { nobody, candidate: byCandidate } = await served();
      expect([nobody, byCandidate > 0]).toEqual([0, true]);
      await ports.revive(candidate, { timeoutMs: READY_MS, replicas: 2 });
      await ready(candidate, 2);
      const replicaOf = async () =>
        (await sampled()).find(({ servedBy, replica }) => servedBy === candidate.label && replica !== undefined)
          ?.replica;
      const { signal } = watching;
      const replaced = await ports.replace?.(candidate, (await replicaOf()) ?? '', {
        ...limits,
        timeoutMs: READY_MS,
        signal,
      });
      expect(replaced).toEqual({ container: expect.stringContaining(candidate.label), isDrained: true, killed: [] });
      await ready(candidate, 2);
      expect((await served()).nobody).toBe(0);
      await share(0);
      expect(await ports.thin(candidate, { keep: 0, ...limits })).toMatchObject({ isDrained: true });
      expect(await counts(candidate)).toEqual([0, 0]);
      await ports.retire(candidate);
    });

    it('gives a slot to the next revision, and does nothing for the one that was in it', async () => {
      const old = candidate;
      candidate = await started();
      expect(candidate.slot).toBe(old.slot);
      await ports.admit(old);
      expect([await ports.usable(old), await ports.usable(candidate)]).toEqual([false, false]);
      await ports.admit(candidate);
      await usable(candidate);
      await ports.retire(old);
      expect(await ports.usable(candidate)).toBe(true);
    });
  });
}
