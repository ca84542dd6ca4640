import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { every, sleep, wallMs } from '../core/clock';
import { poll } from '../core/poll';
import { runCompose } from '../compose/cli';
import { engine } from '../docker/client';
import { containerOf, inspectContainer, startContainer } from '../docker/containers';
import { killContainer } from '../docker/testing/kill-container';
import { execOnce } from '../docker/exec';
import { readSupply, supplied } from '../docker/supply';
import { Guardian } from '../faults/guardian';
import type { Slot } from './config';
import type { Front } from './front';
import { ECHO, EchoStack, type EchoAnswer } from './testing/echo-stack';

jest.setTimeout(60_000);

let stack: EchoStack;
let front: Front;

/** About 400 requests a second, which leaves the machine time for what is measured. */
const PACED = { concurrency: 4, pauseMs: 8 };

const count = (answers: readonly EchoAnswer[], body: string) => answers.filter((answer) => answer.body === body).length;
const bad = (answers: readonly EchoAnswer[]) => answers.filter((answer) => answer.status !== 200);

/** Dies as the kernel would do it: unlike `docker kill`, this leaves the restart policy alone. */
async function crash(service: string): Promise<void> {
  const { hostPid, id } = await containerOf(stack.project, service);
  try {
    process.kill(hostPid, 'SIGKILL');
  } catch {
    await killContainer(id);
    await startContainer(id);
  }
}

beforeAll(async () => {
  stack = await EchoStack.start();
  front = await stack.front();
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

describe('front', () => {
  it('is healthy once the first revision is ready, and gives it all traffic', async () => {
    const answers = await stack.askTimes(100);
    expect(count(answers, 'echo-r1')).toBe(100);
    expect((await containerOf(stack.project, ECHO)).health).toBe('healthy');
  });

  it('keeps its compose hash when a revision is added, while the revisions have one each', async () => {
    const hashes = async (revisions: number) => {
      stack.compose.write(stack.model(revisions));
      const result = await runCompose({ args: ['-f', stack.compose.path, 'config', '--hash', '*'] });
      return Object.fromEntries(
        result.stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/\s+/) as [string, string]),
      );
    };
    const one = await hashes(1);
    await stack.addRevision(2, 'green');
    const two = await hashes(2);
    expect(Object.keys(two).sort()).toEqual(['echo', 'echo-r1', 'echo-r2']);
    expect(two).toMatchObject(one);
  });

  it('checks a candidate and gives it nothing but what is pinned to it', async () => {
    await stack.compose.up({ services: ['echo-r2'], noDeps: true });
    await stack.keeper.settled(ECHO);
    expect(front.state.slots.green).toMatchObject({ label: 'echo-r2', mode: 'maint' });
    await front.admit('green');
    await front.awaitUp('green', { timeoutMs: 60_000 });
    expect(count(await stack.askTimes(100), 'echo-r1')).toBe(100);
    expect(await stack.ask('/', { pin: 'echo-r2' })).toMatchObject({ body: 'echo-r2', revision: 'echo-r2' });
    expect(await stack.ask('/', { pin: 'green' })).toMatchObject({ body: 'echo-r2' });
    expect(await stack.ask('/', { pin: 'other-r7' })).toMatchObject({ body: 'echo-r1', revision: 'echo-r1' });
    expect(await front.probe({ pin: 'green' })).toEqual({ status: 200, revision: 'echo-r2' });
    expect(await front.probe({ id: 'rollproof-pin:echo-r2:a' })).toEqual({ status: 200, revision: 'echo-r2' });
    for (const both of ['echo-r2:other-r7', 'other-r7:echo-r2'])
      expect(await front.probe({ id: `rollproof-pins:${both}:a` })).toEqual({ status: 200, revision: 'echo-r2' });
    expect(await front.probe({ id: 'rollproof-pins:other-r7:more-r2:a' })).toEqual({
      status: 200,
      revision: 'echo-r1',
    });
    expect(await front.probe({ id: 'rollproof-pin:other-r7:a' })).toEqual({ status: 200, revision: 'echo-r1' });
    expect(await front.probe()).toEqual({ status: 200, revision: 'echo-r1' });
  });

  it('splits by weight', async () => {
    await front.setWeights({ blue: 80, green: 20 });
    const total = 3_000;
    const share = count(await stack.askTimes(total), 'echo-r2') / total;
    // Five standard deviations of a binomial share: wrong once in two million runs.
    expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / total));
  });

  it('tells of every request once, with its id, revision and start', async () => {
    const fromMs = wallMs();
    const answers = await stack.askTimes(50, '/told');
    const lines = await stack.witnessedOf('/told', 50);
    expect(lines).toHaveLength(50);
    expect(new Set(lines.map((line) => line.id)).size).toBe(50);
    expect(lines.filter((line) => line.revision === 'echo-r2')).toHaveLength(count(answers, 'echo-r2'));
    expect(lines.every((line) => line.status === 200 && line.termination === '--')).toBe(true);
    expect(lines.every((line) => line.startedAtMs >= fromMs - 5 && line.startedAtMs <= wallMs())).toBe(true);
  });

  it('keeps a canary up that answers 500 to one request in five', async () => {
    await stack.ask('/errors/0.2', { pin: 'green' });
    const answers = await stack.askFor(2_000);
    expect(bad(answers).length).toBeGreaterThan(0);
    expect((await front.status()).green).toMatchObject([{ up: true, downs: 1 }]);
    await stack.ask('/errors/0', { pin: 'green' });
  });

  it('never empties stable because everything answers 500', async () => {
    await stack.ask('/errors/1', { pin: 'green' });
    await stack.ask('/errors/1', { pin: 'blue' });
    const answers = await stack.askFor(2_000);
    expect(answers.every((answer) => answer.status === 500)).toBe(true);
    const status = await front.status();
    expect([...status.blue, ...status.green].every((server) => server.up)).toBe(true);
    await stack.ask('/errors/0', { pin: 'green' });
    await stack.ask('/errors/0', { pin: 'blue' });
  });

  it('never sends a POST twice, but a GET', async () => {
    expect(await stack.ask('/drop', { method: 'POST', pin: 'blue', fresh: true })).toMatchObject({ status: 502 });
    expect(await stack.ask('/drop', { method: 'GET', pin: 'blue', fresh: true })).toMatchObject({ status: 502 });
    expect((await stack.ask('/posts', { pin: 'blue' })).body).toBe('1');
    const drops = await stack.witnessedOf('/drop', 2);
    expect(drops.find((line) => line.method === 'POST')?.retries).toBe(0);
    expect(drops.find((line) => line.method === 'GET')?.retries).toBeGreaterThan(0);
  });

  it('answers and tells of what a replica ends without an answer, on a connection that was used before too', async () => {
    const dropped = async () => (await stack.witnessedOf('/drop', 0)).filter(({ method }) => method === 'POST').length;
    const before = await dropped();
    for (let round = 1; round <= 3; round += 1) {
      await front.awaitUp('blue', { timeoutMs: 60_000 });
      expect(await stack.ask('/posts', { pin: 'blue' })).toMatchObject({ status: 200 });
      expect(await stack.ask('/drop', { method: 'POST', pin: 'blue' })).toMatchObject({ status: 502 });
    }
    const lines = await stack.witnessedOf('/drop', before + 3, ({ method }) => method === 'POST');
    expect(lines.map(({ status, retries }) => [status, retries])).toEqual(lines.map(() => [502, 0]));
  });

  it('starts no request on a slot once its weight of 0 is acknowledged', async () => {
    await front.awaitUp('blue', { timeoutMs: 60_000 });
    for (const round of [1, 2, 3, 4, 5]) {
      await front.setWeights({ blue: 0, green: 100 });
      const path = `/round-${round}`;
      const seen = Promise.withResolvers<void>();
      const asking = stack.askUntil(seen.promise, path, PACED);
      await stack.witnessedOf(path, 100, ({ slot }) => slot === 'green');
      await front.setWeights({ blue: 100, green: 0 });
      const doneAtMs = wallMs();
      await stack.witnessedOf(path, 100, ({ startedAtMs }) => startedAtMs > doneAtMs);
      seen.resolve();
      const answers = await asking;
      const lines = await stack.witnessedOf(path, answers.length);
      const started = { before: { blue: 0, green: 0 }, after: { blue: 0, green: 0 } };
      for (const { slot, startedAtMs } of lines) {
        if (slot === 'blue' || slot === 'green') started[startedAtMs > doneAtMs ? 'after' : 'before'][slot] += 1;
      }
      expect(bad(answers)).toEqual([]);
      expect(lines).toHaveLength(answers.length);
      expect(started.before.green).toBeGreaterThan(0);
      expect(started.after.green).toBe(0);
      expect(started.after.blue).toBeGreaterThan(0);
    }
  });

  it('writes the epoch of its routing into every line: none was routed by other weights than its epoch has', async () => {
    await Promise.all(['blue', 'green'].map((slot) => front.awaitUp(slot as Slot, { timeoutMs: 60_000 })));
    const path = '/epochs';
    const weightsOf = new Map([[front.state.epoch, front.state.weights]]);
    const asked: Promise<EchoAnswer>[] = [];
    const stop = every(10, () => asked.push(...Array.from({ length: 3 }, () => stack.ask(path))));
    try {
      for (const green of Array.from({ length: 200 }, (_, flip) => [100, 0, 50, 0][flip % 4] ?? 0)) {
        const weights = { blue: 100 - green, green };
        weightsOf.set(await front.setWeights(weights), weights);
        await sleep(20);
      }
    } finally {
      stop();
    }
    const answers = await Promise.all(asked);
    const lines = await stack.witnessedOf(path, answers.length);
    const against = lines.filter(({ epoch = -1, routedSlot, slot }) =>
      [routedSlot, slot].some((one) => one === undefined || (weightsOf.get(epoch)?.[one] ?? 0) === 0),
    );
    expect(weightsOf.size).toBe(201);
    expect(bad(answers)).toEqual([]);
    expect(lines).toHaveLength(answers.length);
    expect(answers.length).toBeGreaterThan(600);
    expect(against).toEqual([]);
    const epochs = (green: number) => lines.filter(({ epoch = -1 }) => weightsOf.get(epoch)?.green === green);
    expect(epochs(0).length * epochs(50).length * epochs(100).length).toBeGreaterThan(0);
    await front.setWeights({ blue: 100, green: 0 });
  }, 60_000);

  it('finishes what a draining slot has', async () => {
    await front.setWeights({ blue: 0, green: 100 });
    const slow = stack.ask('/slow');
    await poll(async () => ((await front.status()).green[0]?.sessions === 1 ? true : undefined), {
      condition: 'the slow request is in green',
      timeoutMs: 60_000,
      intervalMs: 10,
    });
    expect(await front.hanging()).toEqual({ blue: [], green: [] });
    await front.setWeights({ blue: 100, green: 0 });
    await front.drain('green');
    await poll(async () => ((await front.hanging()).green.length === 1 ? true : undefined), {
      condition: 'the slow request is told of as one that hangs',
      timeoutMs: 60_000,
      intervalMs: 10,
    });
    await front.awaitDrained('green', { timeoutMs: 60_000 });
    expect(await slow).toMatchObject({ status: 200, body: 'echo-r2' });
    await front.admit('green');
    await front.awaitUp('green', { timeoutMs: 60_000 });
  });

  it('answers a caller that has closed its half of the connection', async () => {
    const socket = stack.connect('GET /slow/half HTTP/1.1\r\nHost: echo\r\n\r\n');
    socket.end();
    const chunks: Buffer[] = [];
    for await (const chunk of socket) {
      chunks.push(chunk as Buffer);
      if (Buffer.concat(chunks).includes('echo-r1')) break;
    }
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1.1 200/);
    socket.destroy();
  });

  it('lets a replica end what it has begun although the caller has left', async () => {
    const socket = stack.connect('GET /slow/left HTTP/1.1\r\nHost: echo\r\n\r\n');
    await poll(async () => ((await front.status()).blue[0]?.sessions === 1 ? true : undefined), {
      condition: 'the slow request is in blue',
      timeoutMs: 2_000,
      intervalMs: 10,
    });
    socket.destroy();
    const [line] = await stack.witnessedOf('/slow/left', 1);
    expect(line).toMatchObject({ status: 200, server: 'blue1' });
    expect(line?.responseMs).toBeGreaterThan(1_900);
  });

  it('loses no GET when a canary dies at weight 20', async () => {
    await front.setWeights({ blue: 80, green: 20 });
    const asking = stack.askFor(2_500);
    await sleep(500);
    const { id } = await containerOf(stack.project, 'echo-r2');
    await killContainer(id);
    const answers = await asking;
    expect(bad(answers)).toEqual([]);
    expect((await front.status()).green).toEqual([]);
    await startContainer(id);
    await stack.keeper.settled(ECHO);
    await front.awaitUp('green', { timeoutMs: 60_000 });
    expect(count(await stack.askTimes(200), 'echo-r2')).toBeGreaterThan(0);
  });

  it('is told of a replica although it could not be told at first', async () => {
    const { id } = await containerOf(stack.project, 'echo-r2');
    stack.keeperIsBlind = true;
    await killContainer(id);
    await expect(stack.keeper.settled(ECHO)).rejects.toThrow('the keeper is blind');
    await startContainer(id);
    await expect(stack.keeper.settled(ECHO)).rejects.toThrow('the keeper is blind');
    stack.keeperIsBlind = false;
    // No event of a container comes any more: it looks by itself.
    await front.awaitUp('green', { timeoutMs: 60_000 });
    await stack.keeper.settled(ECHO);
  });

  it('keeps the place of a replica that is paused', async () => {
    const { id } = await containerOf(stack.project, 'echo-r2');
    const places = () => front.state.slots.green.servers.filter((ip) => ip !== undefined);
    const before = places();
    await engine().getContainer(id).pause();
    try {
      await stack.keeper.settled(ECHO);
      expect(places()).toEqual(before);
    } finally {
      await engine().getContainer(id).unpause();
    }
    await front.awaitUp('green', { timeoutMs: 60_000 });
  });

  it('comes back with the same routing when it is killed', async () => {
    const before = await containerOf(stack.project, ECHO);
    await crash(ECHO);
    const back = await poll(
      async () => {
        const now = await inspectContainer(before.id);
        return now?.state === 'running' && now.startedAt > before.startedAt ? now : undefined;
      },
      { condition: 'the front runs again', timeoutMs: 60_000 },
    );
    expect(back.id).toBe(before.id);
    await stack.locate();
    await poll(async () => ((await stack.ask('/')).status === 200 ? true : undefined), {
      condition: 'the front serves again',
      timeoutMs: 60_000,
    });
    const share = count(await stack.askTimes(2_000), 'echo-r2') / 2_000;
    expect(Math.abs(share - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / 2_000));
    await front.setWeights({ blue: 100, green: 0 });
    expect(count(await stack.askTimes(100), 'echo-r1')).toBe(100);
  });

  it('leaves what the guardian has given back while this process was silent', async () => {
    await using guardian = await Guardian.start({
      project: stack.project,
      helperImage: supplied(readSupply(), 'helper'),
      mode: 'kept',
      heartbeatMs: 3_600_000,
      graceMs: 1_000,
    });
    await guardian.register({
      ...{ id: 'share', action: 'weights', service: ECHO },
      ...{ stable: 'echo-r1', candidate: 'echo-r2' },
    });
    await front.awaitUp('blue', { timeoutMs: 60_000 });
    await front.setWeights({ blue: 50, green: 50 });
    const given = await poll(() => front.givenBack(), { condition: 'the share was given back', timeoutMs: 60_000 });
    expect(front.state.weights).toEqual({ blue: 50, green: 50 });

    await front.assign('green', { label: 'echo-r2', servers: [] });
    expect(front.state).toMatchObject({ weights: { blue: 100, green: 0 }, epoch: given.epoch });
    await front.confirmWeights();
    await stack.keeper.settled(ECHO);
    await front.awaitUp('green', { timeoutMs: 60_000 });
    const takenOver = {
      code: 'front-taken-over',
      message: expect.stringContaining('it gave the 50 % of echo-r2 back to echo-r1') as unknown,
    };
    await expect(front.setWeights({ blue: 0, green: 100 })).rejects.toMatchObject(takenOver);
    await expect(front.drain('blue')).rejects.toMatchObject(takenOver);
    await expect(front.retire('blue')).rejects.toMatchObject(takenOver);
    expect(count(await stack.askTimes(200), 'echo-r1')).toBe(200);

    expect(await front.setWeights({ blue: 100, green: 0 })).toBe(given.epoch);
    expect(await front.setWeights({ blue: 0, green: 100 })).toBe(given.epoch + 1);
    expect(count(await stack.askTimes(100), 'echo-r2')).toBe(100);
    await front.setWeights({ blue: 100, green: 0 });
  });

  it('answers 503 in JSON when no replica is left, and never falls back on a slot of weight 0', async () => {
    const { id } = await containerOf(stack.project, 'echo-r1');
    await killContainer(id);
    await poll(async () => ((await stack.ask('/')).status === 503 ? true : undefined), {
      condition: 'blue is out',
      timeoutMs: 60_000,
    });
    expect(JSON.parse((await stack.ask('/')).body)).toEqual({ error: 'no replica is ready', status: 503 });
    await startContainer(id);
    await poll(async () => ((await stack.ask('/')).status === 200 ? true : undefined), {
      condition: 'blue is back',
      timeoutMs: 60_000,
    });
  });

  it('gives Prometheus its figures', async () => {
    const { id } = await containerOf(stack.project, 'echo-r1');
    const script =
      "fetch('http://echo:8404/metrics').then(r => r.text()).then(t => console.log(t.includes('haproxy_server_http_responses_total')))";
    expect((await execOnce(id, ['node', '-e', script])).stdout.trim()).toBe('true');
  });

  it('counts in which time it answers, and takes a request that its caller gave up for slow', async () => {
    const { id } = await containerOf(stack.project, 'echo-r1');
    const figures = async () => {
      const script = "fetch('http://echo:8404/answers').then(r => r.text()).then(t => console.log(t))";
      const { stdout } = await execOnce(id, ['node', '-e', script]);
      const value = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(stdout)?.[1]);
      const answers = 'rollproof_front_answer_seconds';
      return {
        requests: value('rollproof_front_requests_total'),
        inASecond: value(`${answers}_bucket{le="1"}`),
        inFive: value(`${answers}_bucket{le="5"}`),
      };
    };
    const before = await figures();
    const slow = stack.ask('/slow');
    await stack.givenUp('/slow');
    await stack.askTimes(20);
    await slow;
    const after = await poll(
      async () => {
        const now = await figures();
        return now.requests - before.requests >= 22 ? now : undefined;
      },
      { condition: '22 requests are counted', timeoutMs: 5_000 },
    );
    const since = (name: keyof typeof after) => after[name] - before[name];
    expect({ requests: since('requests'), inASecond: since('inASecond') }).toEqual({ requests: 22, inASecond: 20 });
    // The slow one; whether the other is answered into the void is HAProxy's choice.
    expect(since('inFive')).toBeGreaterThanOrEqual(21);
  });

  it('drops no log line', async () => {
    const { id } = await containerOf(stack.project, ECHO);
    const { stdout } = await execOnce(id, [
      'sh',
      '-c',
      'echo "show info" | socat - UNIX-CONNECT:/run/front/runtime.sock',
    ]);
    expect(stdout).toMatch(/^DroppedLogs: 0$/m);
  });

  it('has told of every line that the front wrote, once, although it was killed meanwhile', async () => {
    const logs = await stack.closeWitness();
    expect(logs).toMatchObject([{ service: ECHO, missing: 0 }]);
    expect(logs.map(({ followed, backfilled }) => followed + backfilled)).toEqual(logs.map((log) => log.engine));
    expect(new Set(stack.witnessed.map(({ id }) => id)).size).toBe(stack.witnessed.length);
  });

  it('leaves no process in the front when it is let go', async () => {
    await stack.keeper[Symbol.asyncDispose]();
    const { id } = await containerOf(stack.project, ECHO);
    await poll(
      async () => {
        const top = (await engine().getContainer(id).top()) as { Processes: string[][] };
        return top.Processes.some((row) => /socat|front-state/.test(row.join(' '))) ? undefined : true;
      },
      { condition: 'the held processes have ended', timeoutMs: 60_000 },
    );
  });
});
