import { describe, expect, it } from '@jest/globals';
import type { LoadConfig } from '../contract/config';
import { plannedTraffic } from './planned-traffic';

const build = () => ({ method: 'GET' as const, path: '/' });

describe('plannedTraffic', () => {
  it('adds up what passes each service, by weight', () => {
    const load: LoadConfig = {
      service: 'edge',
      port: 80,
      ratePerSecond: 100,
      requests: { read: { weight: 3, build, passes: ['edge', 'store'] }, ping: { weight: 1, build } },
    };
    expect(plannedTraffic(load)).toEqual(
      new Map([
        ['edge', 100],
        ['store', 75],
      ]),
    );
  });

  it('counts for a service that is called as what every object has', () => {
    const load: LoadConfig = {
      ...{ service: 'constructor', port: 80, ratePerSecond: 10 },
      requests: { read: { weight: 1, build }, ping: { weight: 1, build } },
    };
    expect(plannedTraffic(load)).toEqual(new Map([['constructor', 10]]));
  });
});
