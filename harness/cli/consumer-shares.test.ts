import { expect, it } from '@jest/globals';
import { consumerShares } from './consumer-shares';

const consumer = (composeService: string, state = 'running') => ({
  ...{ service: 'mailer', composeService, state },
  role: 'revision' as const,
});

it('counts the consumers that run, of each revision', () => {
  const others = { ...consumer('orders-r1'), service: 'orders' };
  const containers = [consumer('mailer-r1'), consumer('mailer-r2'), consumer('mailer-r2'), others];
  expect(consumerShares('mailer', [...containers, consumer('mailer-r1', 'exited')])).toEqual({
    'mailer-r1': 33,
    'mailer-r2': 67,
  });
});

it('knows of none where none runs', () => {
  expect(consumerShares('mailer', [consumer('mailer-r1', 'exited')])).toEqual({});
});
