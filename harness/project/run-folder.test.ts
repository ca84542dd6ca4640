import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ownMark } from '../core/process-mark';
import { RUNS_KEPT, createRunFolder } from './run-folder';

describe('createRunFolder', () => {
  it('keeps the newest runs, drops older ones and touches nothing else', () => {
    const reports = mkdtempSync(join(tmpdir(), 'reports-'));
    for (let day = 10; day < 25; day += 1) mkdirSync(join(reports, `202001${day}-000000-abcd`));
    mkdirSync(join(reports, 'bench'));
    const { run } = createRunFolder(reports);
    const names = readdirSync(reports);
    expect(names).toContain('bench');
    expect(names).toContain(run);
    expect(names).not.toContain('20200110-000000-abcd');
    expect(names.filter((name) => /^\d{8}/.test(name))).toHaveLength(RUNS_KEPT);
    expect(readlinkSync(join(reports, 'latest'))).toBe(run);
  });

  it('drops no run for those that ended before anything ran, however many', () => {
    const reports = mkdtempSync(join(tmpdir(), 'reports-'));
    const add = (run: string, summary: object) => {
      mkdirSync(join(reports, run));
      writeFileSync(join(reports, run, 'summary.json'), JSON.stringify(summary));
    };
    const broken = (facts: object) => ({ kind: 'cannot-run', scenarios: [{ kind: 'cannot-run', facts }] });
    add('20200101-000000-abcd', { verdict: 'passed', scenarios: [{ facts: {} }] });
    add('20200102-000000-abcd', broken({ rollout: { outcome: 'promoted' } }));
    for (let day = 10; day < 25; day += 1) add(`202001${day}-000000-abcd`, broken({}));
    add('20200125-000000-abcd', { kind: 'cannot-run', scenarios: [] });
    createRunFolder(reports);
    const names = readdirSync(reports);
    expect(names).toEqual(expect.arrayContaining(['20200101-000000-abcd', '20200102-000000-abcd']));
    expect(names).not.toContain('20200110-000000-abcd');
    expect(names.filter((name) => /^2020/.test(name))).toHaveLength(RUNS_KEPT + 2);
  });

  it('drops no run that is under way, however many begin meanwhile, and those of dead processes as others', () => {
    const reports = mkdtempSync(join(tmpdir(), 'reports-'));
    const add = (run: string, owner?: object) => {
      mkdirSync(join(reports, run));
      if (owner !== undefined) writeFileSync(join(reports, run, '.owner'), JSON.stringify(owner));
    };
    add('20200101-000000-abcd', ownMark());
    add('20200102-000000-abcd', { ...ownMark(), processStart: 'another one with its pid' });
    add('20200103-000000-abcd', { ...ownMark(), host: 'elsewhere' });
    add('20200104-000000-abcd', ownMark());
    writeFileSync(join(reports, '20200104-000000-abcd', 'summary.json'), '{}');
    for (let day = 10; day < 25; day += 1) add(`202001${day}-000000-abcd`);
    createRunFolder(reports);
    const first = readdirSync(reports).filter((name) => /^2020010/.test(name));
    expect(first).toEqual(['20200101-000000-abcd']);
  });

  it('points latest at the newest of two', () => {
    const reports = mkdtempSync(join(tmpdir(), 'reports-'));
    createRunFolder(reports);
    const second = createRunFolder(reports);
    expect(readlinkSync(join(reports, 'latest'))).toBe(second.run);
  });
});
