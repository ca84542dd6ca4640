import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { forkModule } from '../core/child';
import { poll } from '../core/poll';
import { engine } from '../docker/client';
import { removeContainer, startContainer, stopContainer } from '../docker/containers';
import { killContainer } from '../docker/testing/kill-container';
import { LABEL } from '../docker/labels';
import { testProject } from '../docker/testing/test-projects';
import { startLogCollector } from './log-collector';
import { readSupply, supplied } from '../docker/supply';

const IMAGE = supplied(readSupply(), 'node');

jest.setTimeout(120_000);

/** Writes numbered lines for ever, some to stderr, from 1 again at each start; now and then a long one, and no end to the last. */
const WRITER = `
  const boot = process.hrtime.bigint().toString(36);
  let n = 0;
  setInterval(() => {
    for (let i = 0; i < 5; i += 1) {
      n += 1;
      (n % 7 === 0 ? process.stderr : process.stdout).write(JSON.stringify({ boot, n, pad: 'é'.repeat(n % 100 === 0 ? 30000 : 3) }) + '\\n');
    }
  }, 10);
`;

const containers: string[] = [];

afterEach(async () => {
  await Promise.all(containers.splice(0).map((id) => removeContainer(id)));
});

async function run(project: string, service: string, script: string): Promise<string> {
  const container = await engine().createContainer({
    Image: IMAGE,
    Entrypoint: ['node', '-e', script],
    Cmd: [],
    Labels: { [LABEL.project]: project, [LABEL.composeService]: service, [LABEL.service]: service },
    HostConfig: { NetworkMode: 'none', Init: true },
  });
  containers.push(container.id);
  await container.start();
  return container.id;
}

interface Line {
  readonly stream: string;
  readonly line: { readonly boot: string; readonly n: number } | string;
}

function linesOf(directory: string, service: string): Line[] {
  const text = readFileSync(join(directory, `${service}.ndjson`), 'utf8').trimEnd();
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as Line);
}

async function growsBeyond(directory: string, service: string, count: number): Promise<void> {
  await poll(() => (linesOf(directory, service).length > count ? true : undefined), {
    condition: `${service} has more than ${count} lines`,
    timeoutMs: 60_000,
  });
}

describe('the log collector', () => {
  it('has every line once: through kills, stops, starts, and for containers that come later', async () => {
    const project = testProject('rp-logs-test');
    const directory = mkdtempSync(join(tmpdir(), 'logs-'));
    const early = await run(project, 'early', WRITER);
    await using collector = await startLogCollector({ project, directory });
    await growsBeyond(directory, 'early', 100);
    const late = await run(project, 'late', WRITER);
    const single = await run(project, 'single', 'process.stdout.write("not json\\nno end of line")');
    for (let round = 0; round < 3; round += 1) {
      const before = linesOf(directory, 'early').length;
      await killContainer(early);
      await startContainer(early);
      await growsBeyond(directory, 'early', before + 200);
    }
    await stopContainer(late, 1_000);
    await startContainer(late);
    await growsBeyond(directory, 'late', 300);
    await killContainer(early);
    const complete = await collector.stop();
    expect(complete.map(({ service }) => service).sort()).toEqual(['early', 'late', 'single']);
    for (const { service, followed, backfilled, engine: engineLines, missing } of complete) {
      expect({ service, missing, total: followed + backfilled }).toEqual({ service, missing: 0, total: engineLines });
      expect(linesOf(directory, service)).toHaveLength(followed + backfilled);
    }
    const boots = Map.groupBy(linesOf(directory, 'early'), ({ line }) =>
      typeof line === 'string' ? 'torn' : line.boot,
    );
    expect([...boots.keys()].filter((boot) => boot !== 'torn')).toHaveLength(4);
    for (const [boot, lines] of boots) {
      if (boot === 'torn') continue;
      const numbers = lines.map(({ line }) => (typeof line === 'string' ? 0 : line.n)).sort((a, b) => a - b);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    }
    expect(linesOf(directory, 'single').map(({ line }) => line)).toEqual(['not json', 'no end of line']);
    expect(single).not.toBe('');
  });

  it('says so when lines are missing', async () => {
    const project = testProject('rp-logs-test');
    const directory = mkdtempSync(join(tmpdir(), 'logs-'));
    await run(project, 'gone', WRITER);
    await using collector = await startLogCollector({ project, directory });
    await growsBeyond(directory, 'gone', 50);
    await Promise.all(containers.splice(0).map((id) => removeContainer(id)));
    const [gone] = await collector.stop();
    expect(gone).not.toHaveProperty('engine');
  });

  it('ends when its parent is gone', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'logs-'));
    const worker = forkModule(join(__dirname, 'log-collector-worker'), [testProject('rp-logs-test'), directory]);
    await new Promise((resolve) => worker.once('message', resolve));
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    worker.disconnect();
    expect(await exited).toBe(0);
  });
});
