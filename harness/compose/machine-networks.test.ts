import { expect, it } from '@jest/globals';
import { withMachineNetworks } from './machine-networks';
import type { ComposeModel } from './model';

const of = (mode: string, networks?: ComposeModel['networks']): ComposeModel => ({
  name: 'acme',
  services: { web: { image: 'w', network_mode: mode } },
  ...(networks === undefined ? {} : { networks }),
});

it('takes a network of the machine that is joined by its name for an external one', () => {
  const { services, networks } = withMachineNetworks(of('hlf_net'));
  expect(services['web']).toEqual({ image: 'w', networks: { hlf_net: null } });
  expect(networks).toEqual({ hlf_net: { name: 'hlf_net', external: true } });
});

it('joins the network of the project that has that name', () => {
  const back = { back: { name: 'hlf_net' } };
  expect(withMachineNetworks(of('hlf_net', back))).toMatchObject({
    services: { web: { networks: { back: null } } },
    networks: back,
  });
  const other = withMachineNetworks(of('hlf_net', { hlf_net: { name: 'acme_hlf_net' } }));
  expect(other.services['web']?.networks).toEqual({ 'hlf_net-of-the-machine': null });
});

it.each(['host', 'none', 'bridge', 'service:db', 'container:vpn'])('leaves %s alone', (mode) => {
  expect(withMachineNetworks(of(mode))).toEqual(of(mode));
});
