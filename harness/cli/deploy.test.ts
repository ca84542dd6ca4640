import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Summary } from '../contract/summary';
import { HarnessError } from '../core/errors';
import { firstRevision, nextRevision } from '../delivery/revisions/revision';
import { openRevisionStore, revisionsPath } from '../delivery/revisions/revision-store';

let outcome: object;
let summarised: object;
let stateDirectory: string;
let title: string;

jest.mock('../scenario/session', () => ({
  Session: {
    start: async () => ({
      loaded: { stateDirectory },
      run: async (scenario: { readonly title: string }) => {
        title = scenario.title;
        return outcome;
      },
      finish: async () => ({ summary: summarised, htmlPath: 'r.html' }),
    }),
  },
}));
// After the mock: what it imports must be it.
const { deployCommand } = jest.requireActual<typeof import('./deploy')>('./deploy');
const { lastLines } = jest.requireActual<typeof import('./run-ending')>('./run-ending');

const summary = (given: Partial<Summary>) =>
  ({ verdict: 'failed', headline: 'Your stack did not survive', ...given }) as Summary;

describe('what deploy says last', () => {
  it('is one line for a release that went through', () => {
    expect(lastLines(summary({ verdict: 'passed' }), 'promoted: api-r3 serves everything')).toEqual([
      'promoted: api-r3 serves everything',
    ]);
  });

  it('is that the stack stayed up, and why the release did not, once each', () => {
    const ending = 'rolled back: api-r3 failed 7 of 23 requests, api-r2 serves everything';
    const headline = 'The release was rolled back; your stack stayed up';
    expect(lastLines(summary({ kind: 'release', headline, reason: ending }), ending)).toEqual([
      'The release was rolled back; your stack stayed up.',
      'api-r3 failed 7 of 23 requests, api-r2 serves everything',
    ]);
  });

  it('is what went wrong beside the release', () => {
    const reason = 'no request is lost: observed 3 lost';
    expect(lastLines(summary({ kind: 'stack', reason }), 'promoted: api-r3 serves everything')).toEqual([
      'Your stack did not survive.',
      'promoted: api-r3 serves everything',
      reason,
    ]);
  });

  it('is what kept it from telling, once', () => {
    const headline = 'This run could not tell: the machine was too busy';
    expect(
      lastLines(summary({ verdict: 'inconclusive', headline, reason: 'the machine was too busy' }), undefined),
    ).toEqual([`${headline}.`]);
  });
});

describe('deploy for programs', () => {
  let written: string;
  const deployed = () =>
    deployCommand({
      ...{ service: 'web', config: 'c.ts', image: 'web:2', strategy: 'canary', words: {} },
      ...{ redeploy: false, load: false, plan: false, json: true },
      signal: new AbortController().signal,
    });

  beforeEach(() => {
    written = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    });
  });
  afterEach(() => void jest.restoreAllMocks());

  it('prints the summary, also of what could not be done, which it then throws', async () => {
    const error = new HarnessError('image-not-found', { message: 'no web:2' });
    [outcome, summarised] = [
      { verdict: 'error', error },
      { verdict: 'error', kind: 'cannot-run' },
    ];
    await expect(deployed()).rejects.toBe(error);
    expect(JSON.parse(written)).toEqual(summarised);
  });

  it('prints it once, and ends with the exit code of its kind', async () => {
    [outcome, summarised] = [{ verdict: 'failed' }, { verdict: 'failed', kind: 'release' }];
    expect(await deployed()).toBe(1);
    expect(JSON.parse(written)).toEqual(summarised);
  });
});

describe('an undo', () => {
  const undone = async (undo: number | 'last-good') => {
    [outcome, summarised] = [{ verdict: 'passed' }, { verdict: 'passed' }];
    const said: string[] = [];
    const write = jest.spyOn(process.stderr, 'write').mockImplementation((text) => Boolean(said.push(String(text))));
    jest.spyOn(process.stdout, 'write').mockImplementation(() => true);
    const flags = { strategy: 'canary', words: {}, redeploy: false, load: false, json: true, plan: false };
    await deployCommand({ service: 'web', config: 'c.ts', undo, ...flags, signal: new AbortController().signal });
    write.mockRestore();
    return said.join('');
  };
  afterEach(() => void jest.restoreAllMocks());

  it('says what serves and where it goes, with the image of each, before anything is done', async () => {
    stateDirectory = mkdtempSync(join(tmpdir(), 'undo-'));
    const definition = { service: {}, networks: {}, volumes: {}, secrets: {}, configs: {} };
    const spec = (image: string) => ({
      ...{ image, imageId: `sha256:${image}`, content: image, definition },
      settings: { kind: 'http' as const, port: 80, readiness: '/' },
    });
    const first = firstRevision('web', spec('me/web:1'));
    const second = nextRevision([first], first, spec('me/web:2'));
    const third = { ...nextRevision([first, second], second, spec('me/web:3')), status: 'failed' as const };
    const store = openRevisionStore(revisionsPath(stateDirectory));
    store.put({ ...first, status: 'retired' }, { ...second, status: 'stable' }, third);
    expect(await undone('last-good')).toContain(
      'web-r2 (me/web:2) serves now; a new revision is made as web-r1 (me/web:1)',
    );
    expect(title).toBe('take web back to web-r1 (me/web:1)');
    await undone(3);
    expect(title).toBe('take web back to web-r3 (me/web:3)');
    expect(await undone(9)).toBe('');
    expect(title).toBe('take web back to revision 9');
  });
});
