import { expect, it } from '@jest/globals';
import type { ComposeModel, ComposeService } from '../../compose/model';
import type { ManagedService } from '../../contract/config';
import type { RunningPlan } from '../plan';
import { checkFits } from './target';

const WEB: ComposeService = {
  image: 'acme/web:1',
  networks: { default: null },
  ports: [{ mode: 'ingress', target: 80, published: '80', protocol: 'tcp' }],
};
const SETTINGS: ManagedService = { port: 80, readiness: '/readyz' };

function plan(
  services: Readonly<Record<string, ComposeService>>,
  managed: readonly string[] = ['web'],
  more: Partial<ComposeModel> = {},
): RunningPlan {
  return {
    model: { name: 'acme', services, ...more },
    managed: Object.fromEntries(managed.map((service) => [service, SETTINGS])),
    ...{ workers: {}, composeEnv: {}, compression: { factor: 1, reason: 'none' }, alerts: [] },
    ...{ frontImage: 'front', helperImage: 'helper' },
  };
}

const refusal = (to: RunningPlan, running = plan({ web: WEB })) => {
  try {
    checkFits(running, to);
    return undefined;
  } catch (error) {
    return error;
  }
};

it.each<[string, Partial<ComposeService>, RegExp]>([
  ['publishes another port', { ports: [{ target: 80, published: '81' }] }, /^services\.web\.ports is different/],
  ['joins another network', { networks: { back: null } }, /^services\.web\.networks is different/],
  ['has another container name', { container_name: 'w' }, /^services\.web\.container_name is different/],
  [
    'has other names on its network, and publishes nothing',
    { networks: { default: { aliases: ['w'] } }, ports: [] },
    /^services\.web\.ports and services\.web\.networks are different/,
  ],
])('refuses a managed service that %s, by the keys, and says what to do', (_what, change, message) => {
  expect(refusal(plan({ web: { ...WEB, ...change } }))).toMatchObject({
    ...{ code: 'release-unfit', message: expect.stringMatching(message) },
    hint: expect.stringContaining('give the service another name there'),
  });
});

it('takes what its revisions are made of, a managed service that is new, and one that is gone', () => {
  const changed = { ...WEB, environment: { A: '1' }, depends_on: { api: {} } };
  expect(refusal(plan({ web: changed, api: WEB }, ['web', 'api']))).toBeUndefined();
  expect(refusal(plan({ web: WEB }), plan({ web: WEB, api: WEB }, ['web', 'api']))).toBeUndefined();
});

it('refuses a front before what runs without one', () => {
  const running = plan({ web: WEB, api: WEB });
  expect(refusal(plan({ web: WEB, api: WEB }, ['web', 'api']), running)).toMatchObject({
    ...{ code: 'release-unfit', message: expect.stringContaining('api runs without a front') },
    hint: expect.stringContaining('managed.api'),
  });
});

it('refuses a network that is made in another way, and takes a new one', () => {
  const running = plan({ web: WEB }, ['web'], { networks: { default: null } });
  const to = (networks: ComposeModel['networks']) => plan({ web: WEB }, ['web'], { networks: networks ?? {} });
  expect(refusal(to({ default: { internal: true } }), running)).toMatchObject({
    message: 'networks.default is made in another way in that version',
  });
  expect(refusal(to({ default: null, back: {} }), running)).toBeUndefined();
});
