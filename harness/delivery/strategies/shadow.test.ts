import { describe, expect, it } from '@jest/globals';
import { worker } from '../../contract/config';
import { blueGreen } from './blue-green';
import { canary } from './canary';
import { suitedTo } from './for-service';
import { recreate } from './recreate';
import { restored } from './restore';
import { rolling } from './rolling';
import { shadow } from './shadow';
import { recordOf } from './strategy';

const kinds = ({ steps }: { readonly steps: readonly { readonly kind: string }[] }) => steps.map(({ kind }) => kind);

describe('shadow', () => {
  it('stands between readiness and the first user, before a canary or what is asked for', () => {
    expect(shadow().name).toBe('shadow of 100 requests, canary 20→50→100 %');
    expect(kinds(shadow({ steps: [100] })).slice(0, 4)).toEqual(['start', 'ready', 'shadow', 'measure']);
    const before = shadow({ copies: 30, then: blueGreen({ bakeMs: 1 }) });
    expect(kinds(before).slice(0, 3)).toEqual(['start', 'ready', 'shadow']);
    expect(before.settings.bakeMs).toBe(1);
  });

  it('is known again by whoever ends the rollout of a dead controller', () => {
    const { strategy, unknown } = restored(recordOf(shadow({ copies: 30, accept: ['$.a'] })), 'any');
    expect(unknown).toEqual([]);
    expect(strategy.steps[2]).toMatchObject({ kind: 'shadow', options: { copies: 30, accept: ['$.a'] } });
  });

  it.each([
    [{ then: recreate() }, 'recreate never has all of the new revision ready beside the old one without a user'],
    [{ then: rolling() }, 'never has all of the new revision ready'],
    [{ copies: 3 }, 'copies: '],
    [{ copies: 10_000 }, '10000 copies, 10 a second, take longer than the 300000 ms'],
    [{ then: canary({ steps: [100] }), bakeMs: 3 }, 'bakeMs: an option of the strategy that comes then'],
    [{ then: 'canary' }, 'then: a strategy'],
    [{ stepz: [3] }, 'stepz'],
  ])('refuses %j', (options, message) => {
    expect(() => shadow.from(options)).toThrow(message);
  });

  it('refuses a worker, which nobody asks', () => {
    const settings = worker({
      outcomes: {
        kind: 'x',
        open: () => {
          throw new Error('unused');
        },
      } as never,
    });
    expect(() => suitedTo({ ...settings, worker: true } as never, shadow())).toThrow('a worker has no requests');
  });
});
