import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import type { RolloutResult } from '../contract/rollout-result';
import { askController, openControlDoor, type ControlVerb, type DoorOptions } from './control-door';

const RESULT = { outcome: 'aborted', from: 'web-r1', to: 'web-r2', reason: 'wrong ticket' } as RolloutResult;

let stateDirectory: string;
let done: string[];
let asked: string[];

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'door-'));
  [done, asked] = [[], []];
});

afterEach(() => rmSync(stateDirectory, { recursive: true }));

const where = () => ({ stateDirectory, service: 'web' });

const options = (): DoorOptions => ({
  ...where(),
  onAsked: ({ verb, reason }) => asked.push(`${verb}: ${reason}`),
  rollout: {
    state: () => 'Analyzing',
    pause: () => done.push('pause'),
    resume: () => done.push('resume'),
    promote: () => done.push('promote'),
    abort: async (reason) => {
      done.push(`abort ${reason}`);
      return RESULT;
    },
  },
});

it.each<ControlVerb>(['pause', 'resume', 'promote'])('lets another command %s a rollout', async (verb) => {
  await using _door = await openControlDoor(options());
  expect(await askController(where(), { verb, reason: 'by hand' })).toEqual({ state: 'Analyzing' });
  expect(done).toEqual([verb]);
  expect(asked).toEqual([`${verb}: by hand`]);
});

it('answers an abort with how the rollout ended', async () => {
  await using _door = await openControlDoor(options());
  const answer = await askController(where(), { verb: 'abort', reason: 'wrong ticket' });
  expect(answer?.ended).toBe('aborted as asked: web-r1 serves everything (wrong ticket)');
  expect(done).toEqual(['abort wrong ticket']);
});

it('has nobody to ask once the rollout has ended, and leaves no file', async () => {
  const door = await openControlDoor(options());
  await door[Symbol.asyncDispose]();
  expect(await askController(where(), { verb: 'pause', reason: '' })).toBeUndefined();
  expect(readdirSync(join(stateDirectory, 'control'))).toEqual([]);
});

it('has nobody to ask when whoever ran the rollout was killed', async () => {
  mkdirSync(join(stateDirectory, 'control'));
  const socket = join(stateDirectory, 'gone.sock');
  writeFileSync(join(stateDirectory, 'control', 'web.json'), JSON.stringify({ socket }));
  expect(existsSync(socket)).toBe(false);
  expect(await askController(where(), { verb: 'abort', reason: '' })).toBeUndefined();
});

it('does nothing that it does not understand', async () => {
  await using _door = await openControlDoor(options());
  await expect(askController(where(), { verb: 'destroy' as ControlVerb, reason: '' })).rejects.toThrow(/400/);
  expect(done).toEqual([]);
});
