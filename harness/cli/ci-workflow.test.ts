import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { githubWorkflow } from './ci-workflow';

const text = githubWorkflow({ command: 'npx rollproof', config: 'rollproof.config.ts' });

it('tries a pull request over its base, may only read, and keeps the report whatever happens', () => {
  const { on, permissions, jobs } = parse(text) as {
    on: string;
    permissions: object;
    jobs: { 'release-test': { steps: { run?: string; if?: string; with?: Record<string, unknown> }[] } };
  };
  expect([on, permissions]).toEqual(['pull_request', { contents: 'read' }]);
  const { steps } = jobs['release-test'];
  expect(steps.map(({ run }) => run).filter((run) => run !== undefined)).toEqual([
    'npx rollproof test --from "origin/$BASE" --config rollproof.config.ts',
  ]);
  expect(steps[0]?.with).toMatchObject({ 'fetch-depth': 0 });
  expect(steps.at(-1)).toMatchObject({ if: 'always()', with: { path: 'reports/' } });
});

it('uses the actions that our own workflows use, and which are kept up there', () => {
  const folder = join(__dirname, '..', '..', '.github', 'workflows');
  const ours = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
  const used = [...text.matchAll(/uses: (.+)/g)].map(([, action = '']) => action);
  expect(used).toHaveLength(3);
  for (const action of used) expect(ours.some((own) => own.includes(action))).toBe(true);
});
