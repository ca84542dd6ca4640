import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryJournal } from '../../contract/journal';
import { beginRollout } from '../controller';
import type { DeliveryPorts } from '../ports';
import { planOf, preflight, type PreflightRequest } from './preflight';
import { firstRevision, nextRevision, settled, type Revision, type RevisionSpec } from './revision';
import { surplus } from './revision-store';
import { canary } from '../strategies/canary';
import { FakeWorld, fakeSpec } from '../testing/fake-world';

const SERVICE = 'orders';

let world: FakeWorld;
let ports: DeliveryPorts;

beforeEach(() => {
  world = new FakeWorld({ seed: 'preflight', journal: new MemoryJournal() });
  ports = world.ports();
});

async function planned(request: PreflightRequest, own: DeliveryPorts) {
  return planOf(request, await preflight(request, own), own);
}

/** Promotes a spec: the one before it is retired. */
function promote(spec: RevisionSpec): Revision {
  const [stable, history] = [world.store.stable(SERVICE), world.store.list(SERVICE)];
  if (stable === undefined) throw new Error('no stable revision');
  const next = settled(nextRevision(history, stable, spec), 'stable');
  world.store.put(settled(stable, 'retired'), next);
  return next;
}

describe('what a deploy is held against', () => {
  const deploying = (spec: RevisionSpec) =>
    planned({ service: SERVICE, image: spec.image }, { ...ports, spec: async () => spec });
  const running = fakeSpec('good:1');

  it('is the content: the same under another name, by another id, changes nothing', async () => {
    const { from, to } = await deploying({ ...running, image: 'other:tag', imageId: 'sha256:another-index' });
    expect(to).toBe(from);
  });

  it('is the content: another under the same name is a release', async () => {
    const { to } = await deploying({ ...running, imageId: 'sha256:2', content: 'sha256:2' });
    expect(to).toMatchObject({ number: 2, image: 'good:1', content: 'sha256:2', status: 'candidate', slot: 'green' });
  });

  it('is the definition, and the settings', async () => {
    const definition = { ...running.definition, service: { environment: { MODE: 'b' } } };
    expect((await deploying({ ...running, definition })).to).toMatchObject({ number: 2, definition });
    const settings = { ...running.settings, drainMs: 5_000 };
    expect((await deploying({ ...running, settings })).to).toMatchObject({ number: 2, settings });
  });

  it('is what the front was made for: another port is refused', async () => {
    const deployed = deploying({ ...running, settings: { ...running.settings, port: 9090 } });
    await expect(deployed).rejects.toMatchObject({ code: 'front-unfit', facts: { changed: ['port'] } });
  });
});

it('lets one of two deploys of a service that come at once begin, whenever the other one is', async () => {
  const deploying = (image: string) =>
    beginRollout({ service: SERVICE, image, strategy: canary({ steps: [100] }) }, ports);
  const begun = await Promise.allSettled([deploying('good:2'), deploying('good:3')]);
  expect(begun.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(begun[1]).toMatchObject({ reason: { code: 'rollout-unfinished' } });
  const [first] = begun;
  if (first?.status === 'fulfilled') await first.value.abort('seen enough');
  expect(world.store.list(SERVICE)).toMatchObject([{ number: 1 }, { number: 2, image: 'good:2' }]);
});

describe('going back', () => {
  const edited: RevisionSpec = {
    ...fakeSpec('good:1'),
    content: 'sha256:rebuilt',
    imageId: 'sha256:rebuilt',
    definition: { ...fakeSpec('good:1').definition, service: { environment: { MODE: 'edited' } } },
  };
  const undo = (to: number | 'last-good') => planned({ service: SERVICE, undo: to }, ports);

  it('makes the next revision of what the last good one was made of, not of what its image and file are now', async () => {
    promote(edited);
    const { from, to } = await undo('last-good');
    expect(from).toMatchObject({ number: 2, content: 'sha256:rebuilt' });
    expect(to).toMatchObject({ ...fakeSpec('good:1'), number: 3, label: 'orders-r3', status: 'candidate' });
  });

  it('goes to a revision by its number, also to one that failed', async () => {
    const stable = world.store.stable(SERVICE);
    if (stable === undefined) throw new Error('no stable revision');
    world.store.put(settled(nextRevision([stable], stable, edited), 'failed'));
    expect((await undo(2)).to).toMatchObject({ ...edited, number: 3 });
  });

  it('skips a good one that is the same as what runs', async () => {
    promote(edited);
    promote({ ...fakeSpec('good:1'), image: 'again:1' });
    promote(fakeSpec('good:1'));
    expect((await undo('last-good')).to).toMatchObject({ content: 'sha256:rebuilt' });
  });

  it('refuses where there is nothing to go back to, and names what there is', async () => {
    await expect(undo('last-good')).rejects.toMatchObject({ code: 'nothing-to-undo' });
    await expect(undo(7)).rejects.toThrow(/orders has no revision 7 to go back to/);
  });

  it('refuses when somebody took the image away', async () => {
    promote(edited);
    const gone = preflight({ service: SERVICE, undo: 1 }, { ...ports, hasImage: async () => false });
    await expect(gone).rejects.toMatchObject({ code: 'image-not-found' });
  });
});

describe('the history', () => {
  /** Revisions 1 to n, the last one stable. */
  function history(...statuses: Revision['status'][]): Revision[] {
    const first = firstRevision(SERVICE, fakeSpec('good:1'));
    return statuses.map((status, index) => ({ ...first, number: index + 1, label: `orders-r${index + 1}`, status }));
  }
  const numbers = (revisions: readonly Revision[]) => revisions.map(({ number }) => number).sort((a, b) => a - b);

  it('keeps ten revisions, and the containers of five that are stopped', () => {
    const { containers, records } = surplus(history(...Array<'retired'>(11).fill('retired'), 'stable'));
    expect(numbers(records)).toEqual([1, 2]);
    expect(numbers(containers)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps as many as asked', () => {
    const { records } = surplus(history(...Array<'retired'>(5).fill('retired'), 'stable'), 3);
    expect(numbers(records)).toEqual([1, 2, 3]);
  });

  it('never forgets the revision to go back to, however many have failed since', () => {
    const { records } = surplus(history('retired', 'stable', ...Array<'failed'>(6).fill('failed')), 3);
    expect(numbers(records)).toEqual([3, 4, 5, 6]);
  });
});
