import { expect, it } from '@jest/globals';
import type { EngineApi } from './engine-api';
import { Guard } from './guard';
import type { GuardianMode } from './protocol';

/** A project of a service's container, a helper of the process that is guarded, one of another, where there is one, and a network. */
function world(mode: GuardianMode, { owner, other }: { readonly owner?: string; readonly other?: string } = {}) {
  const labels = (role: string, whose = 'me') => {
    return { 'rollproof.project': 'ours', 'rollproof.role': role, 'rollproof.owner': whose };
  };
  let containers = ['revision', 'keeper', 'helper'].map((role) => ({ Id: role, Labels: labels(role) }));
  if (other !== undefined) containers.push({ Id: 'agent', Labels: labels('agent', other) });
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
    ...{ project: 'ours', mode, owner, engine, emit: () => undefined },
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

it('leaves the helpers of another process alone, where others work on the project too', async () => {
  const { guard, left } = world('kept', { owner: 'me', other: 'somebody' });
  await guard.takeOver('the harness has gone');
  expect(left()).toEqual(['revision', 'keeper', 'agent', 'net']);
  const alone = world('kept', { other: 'somebody' });
  await alone.guard.takeOver('the harness has gone');
  expect(alone.left()).toEqual(['revision', 'keeper', 'net']);
});

it('refuses to keep what it is sweeping already', async () => {
  const { guard, left } = world('ephemeral');
  const sweeping = guard.takeOver('no heart-beat');
  await expect(guard.answer({ op: 'keep' })).rejects.toThrow('taken over');
  await sweeping;
  expect(left()).toEqual([]);
});
