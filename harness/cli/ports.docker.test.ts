import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { containerOf, publishedEndpoint } from '../docker/containers';
import { execOnce } from '../docker/exec';
import { deployAt } from './testing/deploys';
import { CONFIG, TinyProject } from './testing/tiny-project';

jest.setTimeout(240_000);

/** Requests on 8080; who it is on 9000, said at once and again whenever it is asked; and the same on 9100, which is not published. */
const SERVER = `
const { ROLLPROOF_REVISION: revision } = process.env;
const http = require('node:http').createServer((_, response) => response.end(revision));
http.keepAliveTimeout = 75000;
http.listen(8080);
for (const port of [9000, 9100]) {
  require('node:net').createServer((socket) => {
    socket.write(revision + '\\n');
    socket.on('data', () => socket.write(revision + '\\n'));
    socket.on('error', () => undefined);
  }).listen(port);
}
process.on('SIGTERM', () => process.exit(0));
`;

let tiny: TinyProject;
beforeAll(async () => {
  tiny = await TinyProject.create({
    web: { entrypoint: ['node', '-e', SERVER], expose: ['9100'] },
    morePorts: [9000],
  });
  await tiny.up();
});
afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
});

/** A connection by the published port, and what it was told first. */
async function open(): Promise<{ readonly socket: Socket; readonly said: () => string }> {
  const { host, port } = await publishedEndpoint(tiny.project, 'web', 9000);
  const socket = connect(port, host)
    .setEncoding('utf8')
    .on('error', () => undefined);
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  await poll(() => (text === '' ? undefined : true), { condition: 'somebody answers', timeoutMs: 20_000 });
  return { socket, said: () => text };
}

async function greetings(count: number): Promise<readonly string[]> {
  const all: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const { socket, said } = await open();
    all.push(said().trim());
    socket.destroy();
  }
  return all;
}

it('reaches every port of a managed service, published or only exposed, by its name', async () => {
  expect(await greetings(3)).toEqual(['web-r1', 'web-r1', 'web-r1']);
  const ask = "require('node:net').connect(9100,'web').on('data',(d)=>{process.stdout.write(d);process.exit()})";
  const { id } = await containerOf(tiny.project, 'back');
  expect((await execOnce(id, ['node', '-e', ask])).stdout.trim()).toBe('web-r1');
});

it('spreads new connections by weight while a revision is released, keeps those that are there, and gives the rest to the new one', async () => {
  const early = await open();
  const command = await deployAt(tiny, 50);
  expect(new Set(await greetings(40))).toEqual(new Set(['web-r1', 'web-r2']));
  early.socket.write('who?');
  await poll(() => (early.said() === 'web-r1\nweb-r1\n' ? true : undefined), {
    condition: 'the connection from before is answered by whom it was opened to',
    timeoutMs: 10_000,
  });
  command.kill('SIGINT');
  await command.exitCode();
  expect(new Set(await greetings(20))).toEqual(new Set(['web-r1']));
  early.socket.destroy();
});

it('carries them again when a front that died is back', async () => {
  const { id } = await containerOf(tiny.project, 'web');
  await engine().getContainer(id).restart();
  await poll(async () => (await greetings(1).catch(() => []))[0], { condition: 'it is back', timeoutMs: 30_000 });
  expect(await greetings(3)).toEqual(['web-r1', 'web-r1', 'web-r1']);
});

it('says which ports are carried, and how', async () => {
  const status = tiny.run(['status', ...CONFIG]);
  await status.exitCode();
  expect(status.stdout).toContain('web: ports 9000, 9100 are carried as TCP, by connection, and not judged');
});
