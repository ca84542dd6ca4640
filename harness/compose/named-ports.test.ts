import { describe, expect, it } from '@jest/globals';
import { composePorts, otherPorts } from './named-ports';

describe('the ports that a service names', () => {
  it('are those of the compose files, ranges included, without UDP', () => {
    const ports = [{ target: 8080 }, { target: 53, protocol: 'udp' }];
    expect(composePorts({ ports, expose: ['9000-9002', '8080/tcp', '70/udp'] })).toEqual([8080, 9000, 9001, 9002]);
    expect(composePorts({})).toEqual([]);
  });

  it('are told when the configured one is none of them', () => {
    expect(otherPorts(9001, { compose: [], image: [9000] })).toBe('the image exposes 9000');
    expect(otherPorts(1, { compose: [80], image: [9000] })).toBe('the image exposes 9000; the compose files name 80');
  });

  it('are not told when it is, nor when nobody names any', () => {
    expect(otherPorts(9000, { compose: [], image: [9000] })).toBeUndefined();
    expect(otherPorts(80, { compose: [80], image: [9000] })).toBeUndefined();
    expect(otherPorts(80, { compose: [], image: [] })).toBeUndefined();
  });
});
