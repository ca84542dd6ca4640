import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { JournalLine } from '../contract/observation';
import { runAll } from '../core/errors';
import { newId } from '../core/ids';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import type { Command } from './testing/command';
import { EngineProxy } from './testing/engine-proxy';
import { CONFIG, IMAGE, TinyProject } from './testing/tiny-project';

/** Generous: five stacks come up side by side, perhaps on a busy machine. */
jest.setTimeout(240_000);

/** Waits for something of its own, and for no signal of ours. */
const ENDLESS = `
  await using traffic = await load.open();
  await new Promise((resolve) => setTimeout(resolve, 600_000));
  expect(traffic).toHaveLostNoRequests();`;
const CRASHING = `  await using outage = await inject(crash({ of: 'back', keepDown: true }));${ENDLESS}`;

const UP = ['up', ...CONFIG];
const START = ['start', 'scenario.ts', ...CONFIG];

/** An error as the command line prints it. */
const ERROR = /^[a-z-]+: .+\n {2}hint: .+$/gm;

/** The time that the guardian has from the death of its harness; the project takes some of it to stop. */
const GRACE_MS = 20_000;

interface Started {
  readonly tiny: TinyProject;
  readonly command: Command;
}

let interrupted: Started;
let terminated: Started;
let held: Started;
let killed: Started;
let cutOff: Started;
let proxy: EngineProxy;

async function start(body: string): Promise<Started> {
  const tiny = await TinyProject.create();
  tiny.scenario(body);
  return { tiny, command: tiny.run(START) };
}

/** All at once, since each warms up for some seconds. */
beforeAll(async () => {
  interrupted = await start(ENDLESS);
  killed = await start(CRASHING);
  held = await start(ENDLESS);
  const tiny = await TinyProject.create();
  proxy = await EngineProxy.listen(join(tiny.directory, 'engine.sock'));
  tiny.scenario(ENDLESS);
  const env = {
    DOCKER_HOST: `unix://${proxy.path}`,
    // The guardian keeps the Engine that the harness loses.
    TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE: '/var/run/docker.sock',
  };
  cutOff = { tiny, command: tiny.run(START, env) };
  const second = await TinyProject.create();
  terminated = { tiny: second, command: second.run(UP) };
});

afterAll(async () => {
  proxy[Symbol.dispose]();
  const all = [interrupted, terminated, held, killed, cutOff];
  await runAll(
    all.map(
      ({ tiny }) =>
        () =>
          tiny[Symbol.asyncDispose](),
    ),
  );
});

const isLoadWindow = ({ type, scenario }: JournalLine) => type === 'load-window' && scenario !== undefined;

it('removes what `up` began when it is terminated', async () => {
  const { tiny, command } = terminated;
  await tiny.awaitContainer('web-r1');
  command.kill('SIGTERM');
  expect(await command.exitCode()).toBe(130);
  expect(await tiny.traces()).toEqual([]);
  expect(tiny.hasReport()).toBe(true);
  expect(command.errors).toMatch(/^SIGTERM: cleaning up, .+ goes back to stable first; .+$/);
});

it('leaves nothing of a stack that was to stay when it is killed while that comes up, and the next one stays, healthy', async () => {
  await using tiny = await TinyProject.create();
  const command = tiny.run(UP);
  await tiny.awaitContainer('web-r1');
  command.kill('SIGKILL');
  expect(await command.exitCode()).toBeNull();
  expect(tiny.journal().map(({ type }) => type)).not.toContain('stack-up');
  await tiny.awaitNoTraces(GRACE_MS);

  tiny.scenario(ENDLESS);
  const next = tiny.run([...START, '--keep']);
  await tiny.awaitLine('the scenario is under load', isLoadWindow);
  next.kill('SIGKILL');
  expect(await next.exitCode()).toBeNull();
  await poll(async () => ((await tiny.running()).includes('guardian') ? undefined : true), {
    condition: 'the guardian has left',
    timeoutMs: GRACE_MS,
  });
  expect(await tiny.running()).toEqual(['back', 'keeper', 'web', 'web-r1']);
  expect(await tiny.ask()).toBe('web-r1');
});

it('ends a scenario, removes the stack and writes the report on a Ctrl-C that arrives twice', async () => {
  const { tiny, command } = interrupted;
  await tiny.awaitLine('the scenario is under load', isLoadWindow);
  await command.interruptTwice();
  expect(await command.exitCode()).toBe(130);
  expect(await tiny.traces()).toEqual([]);
  expect(tiny.hasReport()).toBe(true);
  expect(tiny.journal().at(-1)).toMatchObject({ type: 'run-finished', reason: 'interrupted by SIGINT' });
});

it('ends by itself with one error when the Engine goes away, keeps the evidence, and the guardian removes the rest', async () => {
  const { tiny, command } = cutOff;
  await tiny.awaitLine('the scenario is under load', isLoadWindow);
  proxy.cut();
  expect(await command.exitCode()).toBe(1);
  expect(command.errors.match(ERROR)).toEqual([
    expect.stringMatching(/^guardian-lost: the guardian of rp-tiny-\w+ has gone: the Docker Engine went away/),
  ]);
  expect(tiny.journal().at(-1)).toMatchObject({ type: 'run-finished', verdict: 'error' });
  expect(tiny.hasReport()).toBe(true);
  await tiny.awaitNoTraces(GRACE_MS);
});

it('refuses to take down what a living run holds, unless forced; that run then ends with one error', async () => {
  const { tiny, command } = held;
  await tiny.awaitLine('the scenario is under load', isLoadWindow);
  const before = await tiny.traces();
  const refused = tiny.run(['down', '--project', tiny.project]);
  expect(await refused.exitCode()).toBe(2);
  expect(refused.stdout).toBe('');
  expect(refused.errors).toMatch(
    /^project-locked: project rp-tiny-\w+ is held by "npm run rollproof -- start scenario\.ts .+" \(pid .+\)\n {2}hint: .+ `npm run down -- --force`\.$/,
  );
  expect(await tiny.traces()).toEqual(before);

  expect(await tiny.run(['down', '--project', tiny.project, '--force']).exitCode()).toBe(0);
  expect(await command.exitCode()).toBe(1);
  expect(command.errors.match(ERROR)).toEqual([expect.stringMatching(/^guardian-lost: /)]);
  expect(await tiny.traces()).toEqual([]);
});

it('leaves nothing when it is killed in the middle of a fault, and the next command goes on', async () => {
  const { tiny, command } = killed;
  await tiny.awaitLine('the crash was proved', (line) => line.type === 'fault' && line.state === 'proved');
  await tiny.awaitLine('the scenario is under load', isLoadWindow);
  command.kill('SIGKILL');
  expect(await command.exitCode()).toBeNull();
  await tiny.awaitNoTraces(GRACE_MS);
  const next = tiny.run(UP);
  const exitCode = await next.exitCode();
  expect({ exitCode, errors: next.errors }).toEqual({ exitCode: 0, errors: '' });
  expect(next.stderr).toContain('which is gone');
  expect((await fetch(`http://127.0.0.1:${tiny.port}/`)).status).toBe(200);
});

it('takes a kept stack down, and nothing that is not ours', async () => {
  const { tiny } = killed;
  const name = newId('foreign');
  const container = await engine().createContainer({ name, Image: IMAGE, HostConfig: { NetworkMode: 'none' } });
  const network = await engine().createNetwork({ Name: name });
  await engine().createVolume({ Name: name });
  try {
    const down = tiny.run(['down', '--project', tiny.project]);
    expect(await down.exitCode()).toBe(0);
    expect(down.stdout).toBe(`removed ${tiny.project}\n`);
    expect(down.errors).toBe('');
    expect(await tiny.traces()).toEqual([]);
    await expect(container.inspect()).resolves.toMatchObject({ Name: `/${name}` });
    await expect(network.inspect()).resolves.toMatchObject({ Name: name });
    await expect(engine().getVolume(name).inspect()).resolves.toMatchObject({ Name: name });
  } finally {
    await runAll([() => container.remove(), () => network.remove(), () => engine().getVolume(name).remove()]);
  }
});
