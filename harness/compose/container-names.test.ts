import { expect, it } from '@jest/globals';
import { withServicesForContainers } from './container-names';
import type { ComposeService } from './model';

const with_ = (side: ComposeService) =>
  withServicesForContainers({ name: 'acme', services: { vpn: { container_name: 'the-vpn' }, side } }).services['side'];

it('shares by the service what is shared by the name of its container', () => {
  expect(
    with_({ network_mode: 'container:the-vpn', pid: 'container:the-vpn', volumes_from: ['container:the-vpn:ro'] }),
  ).toEqual({
    network_mode: 'service:vpn',
    pid: 'service:vpn',
    volumes_from: ['vpn:ro'],
  });
});

it('leaves alone what is shared with a container outside of the project, or by the service already', () => {
  const side = { network_mode: 'container:other', ipc: 'host', volumes_from: ['container:other', 'vpn'] };
  expect(with_(side)).toEqual(side);
});
