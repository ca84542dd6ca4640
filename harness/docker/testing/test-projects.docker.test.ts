import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { newId } from '../../core/ids';
import { engine } from '../client';
import { LABEL } from '../labels';
import { findLeftovers, sweepProject } from '../sweep';
import { TEST_PROJECTS, sweepTestProjects, testProject } from './test-projects';

const directory = mkdtempSync(join(tmpdir(), 'test-projects-'));
const before = process.env[TEST_PROJECTS];

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  if (before === undefined) delete process.env[TEST_PROJECTS];
  else process.env[TEST_PROJECTS] = before;
});

it('leaves nothing of the tests that were cut off, and everything of others', async () => {
  const path = join(directory, 'projects');
  process.env[TEST_PROJECTS] = path;
  const [ours, others] = [testProject('rp-ours'), newId('rp-others')];
  for (const project of [ours, others]) {
    await engine().createNetwork({ Name: project, Labels: { [LABEL.project]: project } });
  }
  try {
    expect(await sweepTestProjects(path)).toBe(1);
    const left = (await findLeftovers()).map(({ project }) => project);
    expect([left.includes(ours), left.includes(others)]).toEqual([false, true]);
    expect(await sweepTestProjects(path)).toBe(0);
  } finally {
    await sweepProject(others);
  }
});
