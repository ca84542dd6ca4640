import { describe, expect, it } from '@jest/globals';
import { redactInspect } from './evidence';
import { parseProgress } from './project';

describe('parseProgress', () => {
  it('reads compose’s plain lines', () => {
    expect(parseProgress(' Container acme-orders-1  Started')).toEqual({
      kind: 'container',
      name: 'acme-orders-1',
      status: 'started',
    });
    expect(parseProgress(' Network shop_default  Creating')).toMatchObject({ kind: 'network', status: 'creating' });
  });

  it('does not take an error for progress', () => {
    expect(parseProgress('Error response from daemon: No such image: acme/orders:nope')).toBeUndefined();
    expect(parseProgress('dependency failed to start: container a-1 is unhealthy')).toBeUndefined();
  });
});

describe('redactInspect', () => {
  it('keeps names and drops values, wherever an environment stands', () => {
    const inspected = { Config: { Env: ['TOKEN=abc=def', 'EMPTY='], Image: 'x' }, Name: '/a' };
    expect(redactInspect(inspected)).toEqual({
      Config: { Env: ['TOKEN=[redacted]', 'EMPTY=[redacted]'], Image: 'x' },
      Name: '/a',
    });
    expect(JSON.stringify(redactInspect(inspected))).not.toContain('abc');
  });
});
