import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { FileJournal, MemoryJournal, readJournal } from '../../contract/journal';
import type { JournalLine } from '../../contract/observation';
import { recover } from '../recover';
import { blueGreen } from '../strategies/blue-green';
import { recreate } from '../strategies/recreate';
import { takesTurns, type Strategy } from '../strategies/strategy';
import { FakeProject } from '../testing/fake-project';
import { MortalJournal } from '../testing/mortal-journal';
import { recoverRelease } from './recover-release';
import type { ReleaseRecord } from './record';
import type { ReleasePorts } from './ports';
import { prepareRelease } from './run-release';

jest.setTimeout(60_000);

const SETTINGS = {
  ...{ riseToDetect: 0.6, minReadyMs: 100, readyTimeoutMs: 500, bakeMs: 100 },
  ...{ warmupRequests: 0, windowMs: 50, latencyAlpha: 1 },
};
const SERVICES = ['inventory', 'orders'];
const BEHAVIOURS = { 'errors:2': { errorRatio: 0.6 }, 'never:2': { neverReady: true } };

/** Ports whose records are things on the disk too. */
function over(mortal: MortalJournal, ports: ReleasePorts): ReleasePorts {
  const write = (record: ReleaseRecord) => mortal.around(() => ports.record.write(record));
  return { ...ports, record: { ...ports.record, write, clear: () => mortal.around(() => ports.record.clear()) } };
}

let folder: string;
const files: FileJournal[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recover-release-'));
});
afterEach(() => {
  for (const file of files.splice(0)) file[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

async function dieAndRecover(
  { orders, strategy }: { readonly orders: string; readonly strategy: Strategy },
  dieAt: number,
  when: 'before' | 'after',
) {
  const path = join(folder, `${dieAt}-${when}.ndjson`);
  const file = new FileJournal(path);
  files.push(file);
  const mortal = new MortalJournal(file, dieAt, when);
  const about = { services: SERVICES, journal: mortal, journalPath: path, behaviours: BEHAVIOURS };
  const project = new FakeProject(about);
  mortal.process = project;
  const changes: string[] = [];
  const steps = [
    { kind: 'start', service: 'flags', image: 'flags:1', changes },
    { kind: 'run', service: 'migrate', image: 'migrate:2', changes },
    { kind: 'replace', service: 'cache', image: 'cache:2', changes },
    { kind: 'roll-out', service: 'inventory', image: 'good:2', changes },
    { kind: 'roll-out', service: 'orders', image: orders, changes },
    { kind: 'retire', service: 'old', image: 'old:1', changes },
  ] as const;
  const asked = { steps, strategyOf: () => strategy };
  const release = prepareRelease(asked, over(mortal, project.ports())).then((run) => run());
  const hasEnded = await release.then(
    () => true,
    (error: unknown) => {
      if (!project.dead) throw error;
      return false;
    },
  );
  project.dead = false;
  // Without waiting for a disk: there are hundreds of deaths.
  const ports = project.ports({ append: (line) => file.append(line) });
  await recover({ ports: ports.delivery });
  const recovered = await recoverRelease(ports);
  return { hasEnded, project, recovered, path, ports };
}

/** Everything is N, or everything is N+1, and nothing else is left. */
function expectWhole(project: FakeProject, path: string, strategy: Strategy): 'old' | 'new' {
  const stables = SERVICES.map((service) => project.store().stable(service)?.label ?? '');
  const isNew = stables.every((label) => label.endsWith('-r2'));
  expect(stables).toEqual(SERVICES.map((service) => `${service}-${isNew ? 'r2' : 'r1'}`));
  for (const [index, service] of SERVICES.entries()) {
    const world = project.world(service);
    expect(world.share(stables[index] ?? '')).toBe(100);
    expect([...world.containers].filter(([, one]) => one.running).map(([label]) => label)).toEqual([stables[index]]);
    expect(world.store.list().filter(({ status }) => status === 'stable' || status === 'candidate')).toHaveLength(1);
  }
  expect(project.store().unfinished()).toEqual([]);
  expect(project.record).toBeUndefined();
  expect(Object.fromEntries(project.plain)).toEqual(
    isNew
      ? {
          cache: { version: 'to', isRunning: true },
          flags: { version: 'to', isRunning: true },
          old: { version: 'from', isRunning: false },
        }
      : { cache: { version: 'from', isRunning: true }, old: { version: 'from', isRunning: true } },
  );
  expect(project.settled).toBe(isNew ? 'to' : 'from');
  expect(project.ran.length).toBeLessThanOrEqual(1);
  if (!takesTurns(strategy)) expect(project.lost).toBe(0);
  const lines = readJournal(path);
  const begun = lines.some((line) => line.type === 'release');
  const ends = lines.flatMap((line) => (line.type === 'release-ended' ? [line.outcome] : []));
  expect(new Set(ends)).toEqual(new Set(begun || ends.length > 0 ? [isNew ? 'released' : 'went-back'] : []));
  return isNew ? 'new' : 'old';
}

const CASES = [
  { name: 'is good, switched at once', orders: 'good:2', strategy: blueGreen(SETTINGS), ends: 'new' },
  { name: 'has a bad last service', orders: 'never:2', strategy: blueGreen(SETTINGS), ends: 'old' },
  { name: 'takes turns', orders: 'good:2', strategy: recreate(SETTINGS), ends: 'new' },
] as const;

it.each(CASES)('a release that $name is wholly there or wholly back, wherever its controller dies', async (one) => {
  const seen = { old: 0, new: 0 };
  let last: string = '';
  for (const when of ['before', 'after'] as const) {
    for (let dieAt = 1; ; dieAt += 1) {
      const { hasEnded, project, path, ports } = await dieAndRecover(one, dieAt, when);
      try {
        last = expectWhole(project, path, one.strategy);
        const before = readFileSync(path, 'utf8');
        expect(await recoverRelease(ports)).toBeUndefined();
        expect(readFileSync(path, 'utf8')).toBe(before);
      } catch (error) {
        throw new Error(`died ${when} ${dieAt}:\n${readFileSync(path, 'utf8').split('\n').slice(-12).join('\n')}`, {
          cause: error,
        });
      }
      if (hasEnded) break;
      seen[last as 'old' | 'new'] += 1;
    }
  }
  expect(last).toBe(one.ends);
  expect(seen.old).toBeGreaterThan(50);
  if (one.ends === 'new') expect(seen.new).toBeGreaterThan(10);
});

it('is told to its end in the journal that the release died in, and in that of the process which ended it', async () => {
  const path = join(folder, 'died.ndjson');
  const died = new FileJournal(path);
  files.push(died);
  const mortal = new MortalJournal(died, 12, 'after');
  const project = new FakeProject({ services: SERVICES, journal: mortal, journalPath: path, behaviours: BEHAVIOURS });
  mortal.process = project;
  const steps = [{ kind: 'roll-out', service: 'orders', image: 'good:2', changes: [] }] as const;
  const run = await prepareRelease({ steps, strategyOf: () => blueGreen(SETTINGS) }, over(mortal, project.ports()));
  await expect(run()).rejects.toThrow();
  project.dead = false;
  const own = new MemoryJournal();
  const { delivery, ...ports } = project.ports(own);
  const next = { ...ports, delivery: { ...delivery, journalPath: join(folder, 'next.ndjson') } };
  await recover({ ports: next.delivery });
  await recoverRelease(next);
  const ends = (lines: readonly JournalLine[]) => lines.filter(({ type }) => type === 'release-ended').length;
  expect([ends(readJournal(path)), ends(own.lines)]).toEqual([1, 1]);
});
