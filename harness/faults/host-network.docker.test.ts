import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { engine } from '../docker/client';
import { listContainers, removeContainer } from '../docker/containers';
import { LABEL } from '../docker/labels';
import { readSupply, supplied } from '../docker/supply';
import { testProject } from '../docker/testing/test-projects';
import { startAgentContainer } from './agent-container';

jest.setTimeout(60_000);

const project = testProject('rp-host-network');
let targetId = '';

beforeAll(async () => {
  const container = await engine().createContainer({
    Image: supplied(readSupply(), 'node'),
    Entrypoint: ['node', '-e', 'setInterval(() => {}, 1000)'],
    Labels: { [LABEL.project]: project },
    HostConfig: { NetworkMode: 'host' },
  });
  targetId = container.id;
  await container.start();
});

afterAll(() => removeContainer(targetId));

it('puts no agent beside a container on the network of the machine: it would hold up all packets of the machine', async () => {
  const starting = startAgentContainer({ project, helperImage: supplied(readSupply(), 'helper'), targetId });
  await expect(starting).rejects.toMatchObject({ code: 'bad-fault' });
  expect((await listContainers({ project })).map(({ id }) => id)).toEqual([targetId]);
});
