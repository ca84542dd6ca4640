import { expect, it } from '@jest/globals';
import type { EngineApi } from './engine-api';
import { Guard } from './guard';
import type { GuardianMode } from './protocol';

/** A project of a service's container, a helper of ours and a network. */
function world(mode: GuardianMode) {
  const labels = (role: string) => ({ 'rollproof.project': 'ours', 'rollproof.role': role });
  let containers = ['revision', 'keeper', 'helper'].map((role) => ({ Id: role, Labels: labels(role) }));
  let networks = [{ Id: 'net', Name: 'net' }];
  let exits = 0;
  const engine: EngineApi = {
    call: async (method, path) => {
      const [, kind, id = ''] = path.split(/[/?]/);
      if (method === 'DELETE') {
        containers = containers.filter(({ Id }) => Id !== id);
        networks = networks.filter(({ Id }) => Id !== id);
        return undefined;
      }
      if (kind === 'volumes') return { Volumes: null };
      return kind === 'containers' ? containers : networks;
    },
    stream: () => Promise.reject(new Error('no front')),
  };
  const guard = new Guard({
    ...{ project: 'ours', mode, engine, emit: () => undefined },
    wait: async () => undefined,
    exit: () => (exits += 1),
  });
  return { guard, left: () => [...containers, ...networks].map(({ Id }) => Id), exits: () => exits };
}

it('sweeps a project that was not told to stay', async () => {
  const { guard, left, exits } = world('ephemeral');
  await guard.takeOver('the harness has gone');
  expect([left(), exits()]).toEqual([[], 1]);
});

it('leaves one that was told to stay, without its helpers', async () => {
  const { guard, left, exits } = world('ephemeral');
  await guard.answer({ op: 'keep' });
  await guard.takeOver('the harness has gone');
  expect([left(), exits()]).toEqual([['revision', 'keeper', 'net'], 1]);
});

it('leaves one that was up before, whatever it was told', async () => {
  const { guard, left } = world('kept');
  await guard.takeOver('the harness has gone');
  expect(left()).toEqual(['revision', 'keeper', 'net']);
});

it('refuses to keep what it is sweeping already', async () => {
  const { guard, left } = world('ephemeral');
  const sweeping = guard.takeOver('no heart-beat');
  await expect(guard.answer({ op: 'keep' })).rejects.toThrow('taken over');
  await sweeping;
  expect(left()).toEqual([]);
});
