import { expect, it } from '@jest/globals';
import { requireManaged } from './require-managed';

const MANAGED = { web: { port: 8080 } };

it('knows a managed service', () => {
  expect(requireManaged('web', MANAGED)).toBe(MANAGED.web);
});

it.each(['absent', 'constructor', 'toString', '__proto__'])('refuses %s, and names those that there are', (service) => {
  expect(() => requireManaged(service, MANAGED)).toThrow(
    expect.objectContaining({
      code: 'unknown-service',
      message: `${service} is not a managed service of this stack`,
      hint: expect.stringContaining('Managed are: web.'),
    }),
  );
});

it('knows one that is called as what every object has', () => {
  const managed = { constructor: { port: 1 }, ...(JSON.parse('{"__proto__":{"port":2}}') as object) };
  expect(requireManaged('constructor', managed)).toEqual({ port: 1 });
  expect(requireManaged('__proto__', managed as Record<string, unknown>)).toEqual({ port: 2 });
});
