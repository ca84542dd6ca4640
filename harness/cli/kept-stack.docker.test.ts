import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { containerOf, startContainer, stopContainer } from '../docker/containers';
import { DEPLOY_ABSENT, deployAt } from './testing/deploys';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

jest.setTimeout(240_000);

const UP = ['up', ...CONFIG];

let tiny: TinyProject;

beforeAll(async () => {
  tiny = await TinyProject.create();
});

afterAll(() => tiny[Symbol.asyncDispose]());

/** The first revision runs, healthy, and it alone. */
async function expectStable(): Promise<void> {
  expect(await tiny.running()).toEqual(['back', 'keeper', 'web', 'web-r1']);
  expect(await tiny.ask()).toBe('web-r1');
}

it('names a port in use and its holder, removes what `up` began, and works once the port is free', async () => {
  const holder = createServer();
  await new Promise<void>((listening) => holder.listen(tiny.port, '127.0.0.1', listening));
  try {
    const refused = tiny.run(UP);
    expect(await refused.exitCode()).toBe(2);
    const who = `process ${process.pid} \\(.+\\)`;
    expect(refused.errors).toMatch(new RegExp(`^port-in-use: port ${tiny.port} is in use by ${who}\n {2}hint: .+$`));
    expect(await tiny.traces()).toEqual([]);
  } finally {
    await new Promise((closed) => holder.close(closed));
  }
  expect(await tiny.run(UP).exitCode()).toBe(0);
  await expectStable();
});

it('refuses to deploy to a service that is not managed, and the stack stays healthy', async () => {
  const command = tiny.run(['deploy', 'absent', '--image', IMAGE, ...CONFIG]);
  expect(await command.exitCode()).toBe(2);
  expect(command.errors).toMatch(
    /^unknown-service: absent is not a managed service .+\n {2}hint: Managed are: web\. .+$/,
  );
  await expectStable();
});

it('can be deployed to while the caller of an edge is down', async () => {
  const config = readFileSync(tiny.configPath, 'utf8');
  writeFileSync(tiny.configPath, config.replace('load: {', "edges: { web: { from: 'back', to: 'web' } },\n  load: {"));
  const { id } = await containerOf(tiny.project, 'back');
  await stopContainer(id, 0);
  const command = tiny.run(DEPLOY_ABSENT);
  expect(await command.exitCode()).toBe(2);
  expect(command.errors).toMatch(/^image-not-found: /);
  await startContainer(id);
  writeFileSync(tiny.configPath, config);
  await expectStable();
});

it('loses no request when a deploy is killed at weight 20 %, the next one recovers, and one more is interrupted', async () => {
  await using load = await tiny.openLoad();
  const killed = await deployAt(tiny, 20);
  killed.kill('SIGKILL');
  expect(await killed.exitCode()).toBeNull();

  const next = tiny.run(DEPLOY_ABSENT);
  expect(await next.exitCode()).toBe(2);
  expect(next.stderr).toContain('ended a rollout that was cut off: rolled back: web-r2 was given up');
  expect(next.stderr).toContain('its controller died in Analyzing at weight 20 %');
  expect(next.errors).toMatch(/^image-not-found: image rollproof\/absent:1 .+\n {2}hint: .+$/);
  await expectStable();

  const interrupted = await deployAt(tiny, 20);
  await interrupted.interruptTwice();
  expect(await interrupted.exitCode()).toBe(130);
  expect(tiny.journal().findLast(({ type }) => type === 'rollout')).toMatchObject({
    state: 'RolledBack',
    to: 'web-r3',
  });
  expect(tiny.hasReport()).toBe(true);
  await expectStable();

  const { sent, ok, failed, lost } = await load.stop();
  expect(sent).toBeGreaterThan(1_000);
  expect({ ok, failed, lost }).toEqual({ ok: sent, failed: 0, lost: 0 });
});
