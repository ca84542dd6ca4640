import { expect, it } from '@jest/globals';
import type { ComposeModel } from '../compose/model';
import { portHint } from './plan';

it('names the port that is published for one that is not, and else how to publish it', () => {
  const services = { web: { ports: [{ target: 8080 }] }, api: {} };
  const model = { name: 'shop', services } as unknown as ComposeModel;
  expect(portHint('web', 9090, model)).toBe('Published is 8080: name that in the configuration.');
  expect(portHint('api', 80, model)).toBe('Add it to the ports of api in the compose file: `ports: ["80"]`.');
});
