import { expect, it } from '@jest/globals';
import { bringBack } from './bring-back';
import type { EngineApi } from './engine-api';
import type { ConsumerUndo } from './protocol';

const UNDO: ConsumerUndo = {
  ...{ id: 'share of mailer', action: 'consumers', service: 'mailer' },
  ...{ stable: 'mailer-r1', candidate: 'mailer-r2' },
};

/** Containers of two revisions, by id, with their states; what was asked of the Engine, in order; the first calls fail. */
async function after(states: Readonly<Record<string, string>>, undo = UNDO, failures = 0) {
  const now: Record<string, string> = { ...states };
  const asked: string[] = [];
  let failing = failures;
  const engine: EngineApi = {
    call: async (method, path) => {
      const [, , id = '', action = ''] = path.split(/[/?]/);
      if (method === 'GET') {
        return Object.entries(now).map(([Id, State]) => ({
          ...{ Id, State },
          Labels: {
            'rollproof.role': 'revision',
            'rollproof.service': 'mailer',
            'com.docker.compose.service': Id.slice(0, -2),
          },
        }));
      }
      if (failing-- > 0) throw new Error('the Engine restarts');
      asked.push(`${action} ${id}`);
      now[id] = action === 'stop' ? 'exited' : 'running';
      return undefined;
    },
    stream: () => Promise.reject(new Error('nobody asks for it')),
  };
  const said: string[] = [];
  const stands = await bringBack(undo, { engine, project: 'ours', log: (line) => said.push(line), timeoutMs: 5_000 });
  return { now, asked, stands, said };
}

const STEP = { 'mailer-r1-1': 'running', 'mailer-r1-2': 'exited', 'mailer-r2-1': 'running' };

it('stops the candidate’s consumers, and starts those of stable that were stopped', async () => {
  const { now, stands, said } = await after(STEP);
  expect(stands).toBe(true);
  expect(now).toEqual({ 'mailer-r1-1': 'running', 'mailer-r1-2': 'running', 'mailer-r2-1': 'exited' });
  expect(said.at(-1)).toBe('undid share of mailer: mailer-r1 consumes, mailer-r2 is stopped');
});

it('starts no more of stable than it is asked for', async () => {
  const { asked } = await after(STEP, { ...UNDO, replicas: 1 });
  expect(asked).toEqual(['stop mailer-r2-1']);
});

it('stops a singleton before it starts the other one', async () => {
  const { asked } = await after({ 'mailer-r2-1': 'running', 'mailer-r1-1': 'exited' }, { ...UNDO, takesTurns: true });
  expect(asked).toEqual(['stop mailer-r2-1', 'start mailer-r1-1']);
});

it('lets what is frozen hear that it is to stop', async () => {
  const { asked } = await after({ 'mailer-r1-1': 'paused', 'mailer-r2-1': 'paused' }, { ...UNDO, takesTurns: true });
  expect(asked).toEqual(['unpause mailer-r2-1', 'stop mailer-r2-1', 'unpause mailer-r1-1']);
});

it('tries again until it stands, and does nothing where it does', async () => {
  const { stands, said } = await after(STEP, UNDO, 1);
  expect(stands).toBe(true);
  expect(said[0]).toContain('the Engine restarts');
  expect((await after({ 'mailer-r1-1': 'running', 'mailer-r2-1': 'exited' })).asked).toEqual([]);
});
