import { describe, expect, it } from '@jest/globals';
import { isLoopback, speaksPlainly } from './registry';

/** As an Engine that nobody has configured says it. */
const USUAL = { InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8'], IndexConfigs: { 'docker.io': { Secure: true } } };

describe('an Engine', () => {
  it.each(['127.0.0.1:5000', 'localhost:5000', '127.8.8.8:5000', '[::1]:5000'])(
    'speaks plain HTTP to %s',
    (registry) => {
      expect(speaksPlainly(USUAL, registry)).toBe(true);
    },
  );

  it.each(['10.0.0.5:5000', 'registry.example.com:5000', 'docker.io'])('wants a certificate of %s', (registry) => {
    expect(speaksPlainly(USUAL, registry)).toBe(false);
  });

  it('that says nothing of loopback wants one there too', () => {
    expect(speaksPlainly({ InsecureRegistryCIDRs: null }, '127.0.0.1:5000')).toBe(false);
    expect(speaksPlainly({}, 'localhost:5000')).toBe(false);
  });

  it('speaks plainly to what it is told to', () => {
    const rules = {
      InsecureRegistryCIDRs: ['10.0.0.0/8'],
      IndexConfigs: { 'registry.example.com:5000': { Secure: false } },
    };
    expect(speaksPlainly(rules, '10.0.0.5:5000')).toBe(true);
    expect(speaksPlainly(rules, 'registry.example.com:5000')).toBe(true);
    expect(speaksPlainly(rules, 'registry.example.com:5001')).toBe(false);
  });
});

it('tells addresses of the own machine from others', () => {
  expect(['127.0.0.1:5000', 'localhost:5000', '127.1.2.3', '[::1]:5000'].map(isLoopback)).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(['10.0.0.5:5000', 'registry.example.com:5000', 'localhost.example.com'].map(isLoopback)).toEqual([
    false,
    false,
    false,
  ]);
});
