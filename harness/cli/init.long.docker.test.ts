import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { CONFIG, TinyProject } from './testing/tiny-project';

jest.setTimeout(600_000);

let tiny: TinyProject;
beforeAll(async () => {
  // It calls the one behind it, and says at one path alone that it is ready.
  const server = `
    const { get, createServer } = require('node:http');
    setInterval(() => get('http://back:8080/').on('error', () => {}), 200);
    const statusOf = { '/healthz': 200, '/': 302 };
    createServer(({ url }, response) => response.writeHead(statusOf[url] ?? 404).end('web')).listen(8080);
    process.on('SIGTERM', () => process.exit(0));`;
  tiny = await TinyProject.create({ web: { entrypoint: ['node', '-e', server] } });
  rmSync(tiny.configPath);
});
afterAll(async () => {
  await tiny[Symbol.asyncDispose]();
});

const read = (name: string) => readFileSync(join(tiny.directory, name), 'utf8');

it('begins a configuration by what it saw, whose scenario passes, and leaves nothing of the look', async () => {
  const init = tiny.run(['init', '--yes', '--look', '6s', '--json']);
  expect([await init.exitCode(), init.stderr.includes('"error"')]).toEqual([0, false]);
  const { guesses, isWritten } = JSON.parse(init.stdout) as { guesses: object; isWritten: boolean };
  expect(isWritten).toBe(true);
  expect(guesses).toMatchObject({
    managed: [{ service: 'web', port: 8080, readiness: '/healthz' }],
    left: [{ service: 'back', why: expect.stringContaining('it keeps data in data') }],
    edges: [{ from: 'web', to: 'back', port: 8080, why: 'a connection to port 8080 was seen' }],
    load: { service: 'web', port: 8080, requests: [{ path: '/healthz' }], isUnpublished: false },
  });
  expect(read('rollproof.config.ts')).toContain("web: { port: 8080, readiness: '/healthz' },");
  expect(await tiny.traces()).toEqual([]);
  const start = tiny.run(['start', 'rollproof.scenario.ts', ...CONFIG]);
  expect([await start.exitCode(), start.stderr]).toEqual([0, expect.stringContaining('Your stack survived')]);
});

it('overwrites nothing', async () => {
  writeFileSync(tiny.configPath, 'mine');
  const init = tiny.run(['init', '--yes']);
  expect([await init.exitCode(), init.stderr]).toEqual([2, expect.stringContaining('init-would-overwrite')]);
  expect(read('rollproof.config.ts')).toBe('mine');
});
