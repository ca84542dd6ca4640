import { afterAll, expect, it } from '@jest/globals';
import { listContainers } from '../docker/containers';
import { sweepProject } from '../docker/sweep';
import { testProject } from '../docker/testing/test-projects';
import { readSupply, supplied } from '../docker/supply';
import { lackOfPacketRules } from './packet-rules';
import { helperImage } from './testing/pair';

const project = testProject('rp-rules');

afterAll(() => sweepProject(project));

it('finds nothing lacking where an agent can work, and leaves nothing', async () => {
  expect(await lackOfPacketRules(project, helperImage())).toBeUndefined();
  expect(await listContainers({ project })).toEqual([]);
});

it('says what lacks where it cannot', async () => {
  // As on a kernel without NAT, the rules cannot be put in: here for want of the program.
  expect(await lackOfPacketRules(project, supplied(readSupply(), 'node'))).toMatch(/iptables-restore.*not found/);
  expect(await listContainers({ project })).toEqual([]);
});
