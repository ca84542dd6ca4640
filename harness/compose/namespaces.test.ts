import { describe, expect, it } from '@jest/globals';
import type { ComposeModel, ComposeService } from './model';
import { checkShared, outsideContainers } from './namespaces';

const modelOf = (side: ComposeService): ComposeModel => ({
  name: 'acme',
  services: { web: { image: 'w', container_name: 'the-web' }, db: { image: 'd', container_name: 'the-db' }, side },
});
const check = (side: ComposeService) => () => checkShared('side', modelOf(side), { deployed: ['web'] });

describe('checkShared', () => {
  it.each<[ComposeService, RegExp]>([
    [{ network_mode: 'service:web' }, /side .* it shares the network of web, which is managed/],
    [{ pid: 'service:web' }, /it shares pid of web/],
    [{ ipc: 'service:web' }, /it shares ipc of web/],
    [{ volumes_from: ['web:ro'] }, /it shares volumes_from of web/],
    [{ volumes_from: ['container:elsewhere:ro'] }, /mounts the volumes of elsewhere, a container outside/],
    [{ use_api_socket: true }, /socket of the Engine/],
    [{ provider: { type: 'model' } }, /it has a provider/],
  ])('refuses %p', (side, message) => {
    expect(check(side)).toThrow(message);
  });

  it.each<[ComposeService]>([
    [{ network_mode: 'service:db' }],
    [{ pid: 'service:db' }],
    [{ pid: 'host' }],
    [{ ipc: 'shareable' }],
    [{ volumes_from: ['db:ro'] }],
    [{ network_mode: 'container:vpn' }],
    [{}],
  ])('takes %p', (side) => {
    expect(check(side)).not.toThrow();
  });
});

it('knows the containers outside of the stack', () => {
  expect(outsideContainers({ network_mode: 'container:vpn', pid: 'service:db' })).toEqual(['vpn']);
});
