import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { FileJournal, readJournal } from '../contract/journal';
import type { JournalLine } from '../contract/observation';
import { requireRoom } from '../core/disk-room';
import { hasCode } from '../core/errors';
import { deploy } from './controller';
import { recover } from './recover';
import { openRevisionStore } from './revisions/revision-store';
import { STRATEGIES } from './strategies/list';
import { FakeWorld } from './testing/fake-world';

const SETTINGS = { riseToDetect: 0.2, minReadyMs: 200, bakeMs: 500 };
const REQUIRED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { canary: { steps: [20, 100] } };

const SIZE = 512 * 1024;

/** A file system of its own, small enough to fill, or why there is none. It goes with this process, however that ends. */
function smallDisk(): { readonly path: string; readonly lack?: undefined } | { readonly lack: string } {
  if (process.platform !== 'linux') return { lack: 'tmpfs is of Linux' };
  const mounted = mkdtempSync(join(tmpdir(), 'full-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', mounted], { stdio: 'pipe' });
    const descriptor = openSync(mounted, 'r');
    execFileSync('umount', ['--lazy', mounted]);
    return { path: `/proc/self/fd/${descriptor}` };
  } catch {
    return { lack: 'nobody but root may mount a small disk' };
  } finally {
    rmSync(mounted, { recursive: true });
  }
}

const disk = smallDisk();
const { lack } = disk;
const mounted = disk.lack === undefined ? disk.path : '';
const ballast = join(mounted, 'ballast');
const fill = () => {
  for (const page = Buffer.alloc(4_096); ;) {
    try {
      appendFileSync(ballast, page);
    } catch {
      return; // As much as there was room for.
    }
  }
};

const describeHere = lack === undefined ? describe : describe.skip;

const kinds = STRATEGIES.map((kind) => [kind.kind, kind] as const);

describeHere(`a rollout whose disk is full${lack === undefined ? '' : ` (skipped: ${lack})`}`, () => {
  beforeAll(() => rmSync(ballast, { force: true }));

  it('leaves no half of a line in its journal, and tells how many there was no room for', () => {
    const path = join(mounted, 'lines.ndjson');
    using file = new FileJournal(path);
    const note = { type: 'note', message: 'm'.repeat(5_000) } as const;
    // In its last page there is room for half of the next line.
    file.append(note);
    fill();
    const untilFull = () => {
      for (;;) file.append(note, { durable: true });
    };
    expect(untilFull).toThrow(expect.objectContaining({ code: 'disk-full' }));
    expect(() => readJournal(path)).not.toThrow();
    file.append(note);
    rmSync(ballast);
    file.append({ type: 'note', message: 'again' });
    expect(readJournal(path).slice(-2)).toMatchObject([
      { message: '2 lines could not be written here: the disk was full' },
      { message: 'again' },
    ]);
    expect(readFileSync(path, 'utf8')).not.toMatch(/m$/m);
  });

  /** The disk fills as the n-th line is about to be written; before the rollout begins with n = 0. */
  async function fullAt(kind: (typeof STRATEGIES)[number], nth: number) {
    const folder = join(mounted, `${kind.kind}-${nth}`);
    mkdirSync(folder);
    const journalPath = join(folder, 'journal.ndjson');
    const file = new FileJournal(journalPath);
    let written = 0;
    const world = new FakeWorld({
      ...{ seed: 'full-disk', journalPath },
      journal: {
        append(line, options) {
          if ((written += 1) === nth) fill();
          file.append(line, options?.durable === true ? options : {});
        },
      },
    });
    const store = openRevisionStore(join(folder, 'revisions'));
    store.put(...world.store.list());
    // What the guardian of the fake world asks, it asks of the world's own.
    const put: typeof store.put = (...revisions) => (store.put(...revisions), world.store.put(...revisions));
    const ports = { ...world.ports(), revisions: { ...store, put } };
    const strategy = kind.from({ ...SETTINGS, ...REQUIRED[kind.kind] });
    if (nth === 0) fill();
    const room = { ...ports, requireRoom: () => requireRoom(folder, SIZE / 2) };
    const asked = deploy({ service: 'orders', image: 'good:2', strategy }, nth === 0 ? room : ports);
    const result = await asked.catch((error: unknown) => error);
    const seen = { result, written, world, wasFilled: existsSync(ballast) };
    const serving = world.ask();
    rmSync(ballast, { force: true });
    const recovered = await recover({ ports: { ...ports, journal: file } });
    file[Symbol.dispose]();
    const lines = readJournal(journalPath);
    const records = { stable: store.stable('orders')?.label, unfinished: store.unfinished() };
    rmSync(folder, { recursive: true });
    return { ...seen, ...records, serving, recovered, lines };
  }

  it.each(kinds)('is refused before anything changes (%s)', async (_kind, kind) => {
    const { result, written, world } = await fullAt(kind, 0);
    expect(hasCode(result, 'disk-full') && result.message).toMatch(
      /canary-0|blue-green-0|recreate-0|rolling-0|-0 cannot/,
    );
    expect(written).toBe(0);
    expect([...world.containers.keys()]).toEqual(['orders-r1']);
  });

  it.each(kinds)(
    'goes back, or is promoted, and the next command writes down what was not (%s)',
    async (_kind, kind) => {
      const outcomes = new Set<string>();
      for (let nth = 1; ; nth += 4) {
        const { result, world, serving, stable, unfinished, recovered, lines, wasFilled } = await fullAt(kind, nth);
        if (!wasFilled) break;
        const { outcome, cause, reason = '' } = result as { outcome: string; cause?: string; reason?: string };
        outcomes.add(outcome);
        const running = [...world.containers].flatMap(([label, one]) => (one.running ? [label] : []));
        expect({ nth, serving, running, share: world.share(stable ?? ''), unfinished }).toEqual({
          ...{ nth, serving: stable, running: [stable], share: 100, unfinished: [] },
        });
        if (outcome === 'promoted') expect({ nth, stable }).toEqual({ nth, stable: 'orders-r2' });
        else
          expect({ nth, outcome, cause, stable }).toEqual({
            nth,
            outcome: 'rolled-back',
            cause: 'disk-full',
            stable: 'orders-r1',
          });
        // What was not written down is told, and the next command's work; in the last page there may have been room.
        if (recovered.length > 0) expect(reason).toContain('no space left on device');
        const begun = lines.some(({ type }) => type === 'rollout');
        expect(lines.some(isEnd)).toBe(begun);
      }
      expect(outcomes).toContain('rolled-back');
    },
  );
});

const isEnd = ({ type }: JournalLine) => type === 'rollout-ended';
