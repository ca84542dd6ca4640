import { describe, expect, it } from '@jest/globals';
import { boundsOf, stagesOf } from './rolling-bounds';

const of = (replicas: number) => ({ from: replicas, to: replicas });

describe('the bounds of a rolling rollout', () => {
  // By hand after Kubernetes' ResolveFenceposts: a surge is rounded up, what is unavailable down.
  it.each([
    [1, '25%', '25%', { ready: 1, total: 2, warm: 1 }],
    [3, '25%', '25%', { ready: 3, total: 4, warm: 1 }],
    [4, '25%', '25%', { ready: 3, total: 5, warm: 1 }],
    [4, '50%', '50%', { ready: 2, total: 6, warm: 2 }],
    [4, 1, 0, { ready: 4, total: 5, warm: 1 }],
    [4, 0, 1, { ready: 3, total: 4, warm: 0 }],
    [3, 0, '50%', { ready: 2, total: 3, warm: 0 }],
    [4, '100%', '100%', { ready: 0, total: 8, warm: 4 }],
    [4, 9, 9, { ready: 0, total: 13, warm: 4 }],
    // Both come to nothing: one may be missing, or nothing could be exchanged.
    [3, 0, '25%', { ready: 2, total: 3, warm: 0 }],
    [1, 0, '50%', { ready: 0, total: 1, warm: 0 }],
  ])(
    'of %i replicas, surge %s, unavailable %s, are as Kubernetes resolves them',
    (replicas, surge, missing, bounds) => {
      expect(boundsOf({ maxSurge: surge, maxUnavailable: missing }, of(replicas))).toEqual(bounds);
    },
  );

  it('promise what two sizes of a service have in common', () => {
    const defaults = { maxSurge: 1, maxUnavailable: 1 };
    expect(boundsOf(defaults, { from: 2, to: 4 })).toEqual({ ready: 1, total: 5, warm: 1 });
    expect(boundsOf(defaults, { from: 4, to: 2 })).toEqual({ ready: 1, total: 5, warm: 1 });
  });
});

describe('the stages of a rolling rollout', () => {
  it.each([
    [1, '25%', '25%', 1],
    [4, 1, 0, 4],
    [4, '25%', '25%', 3],
    [4, '100%', 0, 1],
    [4, 0, 1, 3],
    [1, 0, 1, 0],
  ])('of %i replicas, surge %s, unavailable %s, are %i', (replicas, maxSurge, maxUnavailable, stages) => {
    expect(stagesOf(boundsOf({ maxSurge, maxUnavailable }, of(replicas)), of(replicas))).toBe(stages);
  });
});
