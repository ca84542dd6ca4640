import { githubWorkflow } from '../../harness/cli/ci-workflow';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { captureCommand } from '../../harness/core/command';
import { workflowPrograms, type WorkflowPrograms } from './programs';
import { checkout, runWorkflow, type WorkflowEnd } from './testing/workflow-run';

const WORKFLOWS = join('.github', 'workflows');
const names = readdirSync(WORKFLOWS).sort();

/** Their first build compiles act: minutes on a busy machine. */
const BUILD_MS = 900_000;
const RUN_MS = 240_000;

/** An image of no bytes, to go through the cache of images. */
const TINY = 'rollproof-test/workflow:1';

let programs: WorkflowPrograms;
let directory: string;

beforeAll(async () => {
  programs = await workflowPrograms();
  directory = await checkout();
}, BUILD_MS);

afterAll(async () => {
  await docker('image', 'rm', '--force', TINY);
  rmSync(directory, { recursive: true, force: true });
});

describe('the workflows', () => {
  const lint = (...paths: readonly string[]) =>
    captureCommand({ command: programs.actionlint, args: ['-no-color', ...paths] });

  it('are right to actionlint, which sees one that is not', async () => {
    expect(await lint(...names.map((name) => join(WORKFLOWS, name)))).toMatchObject({ exitCode: 0, stdout: '' });
    const broken = join(mkdtempSync(join(tmpdir(), 'workflow-')), 'ci.yml');
    writeFileSync(broken, readFileSync(join(WORKFLOWS, 'ci.yml'), 'utf8').replace('inputs.gates', 'inputs.gate'));
    expect((await lint(broken)).stdout).toContain('property "gate" is not defined');
  });

  it('are right to actionlint also where they are printed for others', async () => {
    const printed = join(mkdtempSync(join(tmpdir(), 'workflow-')), 'release-test.yml');
    writeFileSync(printed, githubWorkflow({ command: 'npx rollproof', config: 'rollproof.config.ts' }));
    expect(await lint(printed)).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it.each(names)('%s pins each action by a commit, and may only read', (name) => {
    const text = readFileSync(join(WORKFLOWS, name), 'utf8');
    const used = [...text.matchAll(/uses: (.+)/g)].map(([, action]) => action);
    expect(used.length).toBeGreaterThan(2);
    for (const action of used) expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    expect(text).toMatch(/^permissions:\n {2}contents: read\n\n/m);
    expect(text).toContain('\nconcurrency:\n');
  });
});

/** Whether each step succeeded; a workflow that did not shows all it said. */
function expectSteps({ exitCode, text }: WorkflowEnd, ...steps: readonly string[]): void {
  const missing = steps.filter((step) => !text.includes(`Success - Main ${step}`));
  expect({ exitCode, missing, text: exitCode === 0 && missing.length === 0 ? '' : text }).toEqual({
    exitCode: 0,
    missing: [],
    text: '',
  });
}

describe('executed on this machine', () => {
  it(
    'ci.yml loads what the cache holds, sets up, and runs the gates that are named',
    async () => {
      const cache = mkdtempSync(join(tmpdir(), 'cache-'));
      mkdirSync(join(cache, '.cache'));
      await makeTiny();
      await docker('save', '--output', join(cache, '.cache', 'images.tar'), TINY);
      await docker('image', 'rm', TINY);
      const end = await runWorkflow(programs, {
        workflow: 'ci.yml',
        directory,
        cache,
        inputs: { gates: 'unused' },
        timeoutMs: RUN_MS,
      });
      expectSteps(end, 'Load images', 'Set up', 'Test', 'Keep reports');
      expect(end.text).toContain(`Loaded image: ${TINY}`);
      expect(end.text).toContain('1 passed, 0 failed');
      expect(end.text).not.toContain('Main Keep images');
      expect(end.text).toMatch(/stand-in cache: \.cache\/images\.tar as images-\w+-[0-9a-f]{64}/);
      expect(end.text).toContain('stand-in upload: reports/ as reports');
    },
    RUN_MS,
  );

  it(
    'nightly.yml keeps the images where the cache has none, and says what the night would try',
    async () => {
      await makeTiny();
      const end = await runWorkflow(programs, {
        ...{ workflow: 'nightly.yml', directory, variables: { ROLLPROOF_KEPT_IMAGES: TINY }, timeoutMs: RUN_MS },
        inputs: { budget: '45m', plan: 'true', seed: 'of-a-test' },
      });
      expectSteps(end, 'Set up', 'Keep images', 'Spend the budget', 'Keep reports');
      expect(end.text).toContain('.cache/images.tar: 1 images');
      expect(end.text).toMatch(/\d+ s {2}npm test/);
      expect(end.text).toMatch(/stand-in cache: \.rollproof\/nightly as nightly-/);
    },
    RUN_MS,
  );

  it(
    'ci.yml is red when npm test is, and keeps the reports all the same',
    async () => {
      const variables = { ROLLPROOF_KEPT_IMAGES: TINY };
      await makeTiny();
      const end = await runWorkflow(programs, {
        ...{ workflow: 'ci.yml', directory, variables, timeoutMs: RUN_MS },
        inputs: { gates: 'no-such-gate' },
      });
      expect(end.exitCode).toBe(1);
      expect(end.text).toContain('Failure - Main Test');
      expect(end.text).toContain('no gate is called no-such-gate');
      expect(end.text).toContain('Success - Main Keep reports');
    },
    RUN_MS,
  );
});

async function makeTiny(): Promise<void> {
  const archive = join(mkdtempSync(join(tmpdir(), 'empty-')), 'empty.tar');
  // The end of an archive, and nothing before it.
  writeFileSync(archive, Buffer.alloc(1_024));
  await docker('import', archive, TINY);
}

async function docker(...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await captureCommand({ command: 'docker', args });
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
}
