import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { monotonicMs } from '../core/clock';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { containerOf, listContainers, stopContainer } from '../docker/containers';
import { readLogs } from '../docker/logs';
import { Signaller } from '../faults/signaller';
import { openWitnesses } from '../front/witness';
import type { WitnessLine } from '../front/witness-line';
import { readSupply, supplied } from '../docker/supply';
import { DEPLOY_ABSENT, deployAt } from './testing/deploys';
import { frontFile as ofFront } from './testing/front-file';
import { moveReplica } from './testing/moved-replica';
import { CONFIG, TinyProject } from './testing/tiny-project';

jest.setTimeout(240_000);

/** What is done within two seconds on an idle machine has this long on a busy one. */
const DONE_MS = 30_000;
/** A guardian takes a silence of ten seconds for death: a controller that is only slow is seen to keep its share for longer. */
const LONGER_THAN_LEASE_MS = 12_000;

let tiny: TinyProject;

beforeAll(async () => {
  tiny = await TinyProject.create();
  expect(await tiny.run(['up', ...CONFIG]).exitCode()).toBe(0);
});

afterAll(() => tiny[Symbol.asyncDispose]());

const frontFile = (name: string) => ofFront(tiny.project, 'web', name);

/** Moves the first revision's replica once its front has forgotten where it was. */
const moveFirst = () =>
  moveReplica({
    project: tiny.project,
    service: 'web-r1',
    givenUp: async (address) => {
      await poll(
        async () => (JSON.stringify(await frontFile('front.json')).includes(`"${address}"`) ? undefined : true),
        {
          condition: `the front has forgotten ${address}`,
          timeoutMs: DONE_MS,
        },
      );
    },
  });

const weights = async () => ((await frontFile('front.json')) as { weights: Record<string, number> }).weights;

async function awaitGivenBack(candidate: string): Promise<{ epoch: number }> {
  return poll(
    async () => {
      const given = (await frontFile('given-back.json')) as { candidate: string; epoch: number } | undefined;
      return given?.candidate === candidate ? given : undefined;
    },
    { condition: `the share of ${candidate} was given back`, timeoutMs: DONE_MS },
  );
}

/** Who answers until the expected one does. */
async function answersUntil(expected: string): Promise<string[]> {
  const answers: string[] = [];
  await poll(
    async () => {
      answers.push(await tiny.ask().catch(String));
      return answers.at(-1) === expected ? true : undefined;
    },
    { condition: `${expected} answers`, timeoutMs: DONE_MS, intervalMs: 20, describe: () => ({ answers }) },
  );
  return answers;
}

const keeper = async () => (await listContainers({ project: tiny.project, role: 'keeper' }))[0];
const keeperLines = async () => {
  const lines = await readLogs((await keeper())?.id ?? '');
  return lines.map(({ text }) => text).filter((text) => text.includes(' → '));
};

it('follows a replica that restarts under another address, with no command', async () => {
  await using _strangers = await moveFirst();
  expect(await answersUntil('web-r1')).not.toContain('stranger');
  expect(await keeperLines()).not.toEqual([]);
});

it('follows again after its guardian was killed', async () => {
  const before = await keeper();
  await using signaller = await Signaller.start(tiny.project, supplied(readSupply(), 'helper'));
  await signaller.kill(before?.hostPid ?? 0, before?.id ?? '');
  await poll(async () => ((await keeper())?.restartCount === 1 ? true : undefined), {
    condition: 'the Engine has started the guardian again',
    timeoutMs: DONE_MS,
  });
  await using _strangers = await moveFirst();
  expect(await answersUntil('web-r1')).not.toContain('stranger');
});

it('leaves its share to a controller that lives; gives it back when that is killed, and loses nothing', async () => {
  const command = await deployAt(tiny, 50);
  const said = await keeperLines();
  const sinceMs = monotonicMs();
  await poll(() => (monotonicMs() - sinceMs > LONGER_THAN_LEASE_MS ? true : undefined), {
    condition: 'the lease would have ended without heart-beats',
    timeoutMs: 2 * LONGER_THAN_LEASE_MS,
  });
  expect(await weights()).toEqual({ blue: 50, green: 50 });
  expect(await frontFile('given-back.json')).toBeUndefined();
  // While a command runs, its own keeper follows; the one that stays says and does nothing.
  await using _strangers = await moveFirst();
  await answersUntil('web-r1');
  expect(await keeperLines()).toEqual(said);
  // It has not ended either, once in all: when it was killed.
  expect((await keeper())?.restartCount).toBe(1);

  await using load = await tiny.openLoad();
  const lines: WitnessLine[] = [];
  const { project } = tiny;
  const witnesses = await openWitnesses({ project, services: () => ['web'] });
  witnesses.of('web').on('line', (line) => lines.push(line));
  await poll(() => lines.filter(({ routedRevision }) => routedRevision === 'web-r2').length > 20 || undefined, {
    condition: 'the candidate has its share',
    timeoutMs: DONE_MS,
  });
  command.kill('SIGKILL');
  expect(await command.exitCode()).toBeNull();
  const { epoch } = await awaitGivenBack('web-r2');
  const after = () => lines.filter((line) => (line.epoch ?? -1) >= epoch);
  await poll(() => after().length > 200 || undefined, {
    condition: 'two hundred requests were routed after the switch',
    timeoutMs: DONE_MS,
  });
  expect(after().filter(({ routedRevision }) => routedRevision !== 'web-r1')).toEqual([]);
  expect(await weights()).toEqual({ blue: 100, green: 0 });
  const { sent, ok, failed, lost } = await load.stop();
  expect({ ok, failed, lost }).toEqual({ ok: sent, failed: 0, lost: 0 });
  await witnesses.close();

  // A front that starts again serves by its files.
  await engine()
    .getContainer((await containerOf(tiny.project, 'web')).id)
    .restart();
  await answersUntil('web-r1');
  expect(new Set(await Promise.all(Array.from({ length: 40 }, () => tiny.ask())))).toEqual(new Set(['web-r1']));
});

it('tells with the next command who gave the share back', async () => {
  const next = tiny.run(DEPLOY_ABSENT);
  expect(await next.exitCode()).toBe(2);
  expect(next.stderr).toContain('ended a rollout that was cut off: rolled back: web-r2 was given up');
  expect(next.stderr).toMatch(
    /its controller died in Analyzing at weight 50 %; the guardian gave the 50 % of web-r2 back to web-r1 /,
  );
});

it('takes a controller that hangs for dead, and starts a stable revision that does not run before it gets the traffic', async () => {
  const command = await deployAt(tiny, 50);
  const { id } = await containerOf(tiny.project, 'web-r1');
  await stopContainer(id, 1_000);
  await answersUntil('web-r3');
  command.kill('SIGSTOP');
  await awaitGivenBack('web-r3');
  expect(await answersUntil('web-r1')).toEqual(['web-r1']);

  // It wakes: what was decided meanwhile stands, and it comes to the same end.
  command.kill('SIGCONT');
  expect(await command.exitCode()).not.toBe(0);
  expect(tiny.journal().filter(({ type }) => type === 'rollout-ended')).toMatchObject([
    { to: 'web-r3', outcome: expect.stringMatching(/^(?:aborted|rolled-back)$/) as unknown },
  ]);
  expect(await weights()).toEqual({ blue: 100, green: 0 });
  expect(new Set(await Promise.all(Array.from({ length: 40 }, () => tiny.ask())))).toEqual(new Set(['web-r1']));
});

it('is taken down whole after a kill of everything', async () => {
  const command = await deployAt(tiny, 50);
  const helpers = (await listContainers({ project: tiny.project })).filter(
    ({ role }) => role === 'keeper' || role === 'guardian',
  );
  expect(helpers.map(({ role }) => role).sort()).toEqual(['guardian', 'keeper']);
  command.kill('SIGKILL');
  await Promise.all(helpers.map(({ id }) => engine().getContainer(id).kill()));
  expect(await tiny.run(['down', '--project', tiny.project]).exitCode()).toBe(0);
  expect(await tiny.traces()).toEqual([]);
});
