import { afterAll, expect, it } from '@jest/globals';
import { listContainers } from '../docker/containers';
import { sweepProject } from '../docker/sweep';
import { testProject } from '../docker/testing/test-projects';
import { describeRung, findPacketRung } from './packet-rules';
import { helperImage } from './testing/pair';
import { lackOf } from './testing/rungs';

const project = testProject('rp-rules');

afterAll(() => sweepProject(project));

it('finds the best rung that works where an agent can work, and leaves nothing', async () => {
  const found = await findPacketRung(project, helperImage());
  expect(found.rung).toMatch(/^(nftables|iptables)$/);
  expect(describeRung(found)).toMatch(/^(nftables, leases end within ms|iptables, leases end at whole seconds)/);
  expect(await listContainers({ project })).toEqual([]);
});

it('says of each rung what lacks where none works', async () => {
  // As on a kernel without NAT, the rules cannot be put in: here for want of the right to.
  const found = await findPacketRung(project, helperImage(), []);
  expect(found.rung).toBeUndefined();
  expect(describeRung(found)).toMatch(/nftables: nft .*; iptables: iptables.*/);
  expect(await listContainers({ project })).toEqual([]);
});

it('of a rung that is there lacks nothing, and says what one that is not there lacks', async () => {
  const { rung } = await findPacketRung(project, helperImage());
  expect(rung === undefined ? rung : lackOf(rung)).toBeUndefined();
  expect(lackOf('nftables', [])).toMatch(/nft/);
  expect(lackOf('iptables', [])).toMatch(/iptables/);
});
