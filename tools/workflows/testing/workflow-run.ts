import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { captureCommand } from '../../../harness/core/command';
import type { WorkflowPrograms } from '../programs';

/** The actions that a workflow uses, but for `actions/checkout`, which act does itself, and what stands for each: GitHub is not asked. */
const STAND_INS = ['cache', 'upload-artifact'];

/** A copy of this repository's files, with its modules and what set-up knows, under git: what a checkout on a runner with a warm cache is. */
export async function checkout(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'rollproof-workflow-'));
  const listed = await run('git', ['ls-files', '--cached', '--others', '--exclude-standard'], resolve('.'));
  for (const name of listed.split('\n').filter((file) => file !== '' && existsSync(file))) {
    mkdirSync(join(directory, dirname(name)), { recursive: true });
    cpSync(name, join(directory, name));
  }
  for (const name of ['node_modules', 'stack/services/node_modules']) {
    if (existsSync(name)) symlinkSync(resolve(name), join(directory, name));
  }
  for (const name of ['.rollproof/images.json', '.rollproof/setup', 'stack/.env']) {
    if (existsSync(name)) cpSync(name, join(directory, name), { recursive: true });
  }
  await run('git', ['init', '--quiet', '--initial-branch=main'], directory);
  await run('git', ['add', '--all'], directory);
  await run(
    'git',
    ['-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '-m', 'test'],
    directory,
  );
  return directory;
}

export interface WorkflowRunOptions {
  /** `ci.yml` */
  readonly workflow: string;
  readonly directory: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** What the stand-in of the cache holds. */
  readonly cache?: string;
  readonly timeoutMs: number;
}

export interface WorkflowEnd {
  readonly exitCode: number | null;
  readonly text: string;
}

/** Runs a workflow as if somebody had started it by hand: its `run` steps on this machine, its actions by what stands for them. */
export async function runWorkflow({ act }: WorkflowPrograms, options: WorkflowRunOptions): Promise<WorkflowEnd> {
  const { workflow, directory, inputs, variables = {}, cache = '', timeoutMs } = options;
  const text = readFileSync(join('.github', 'workflows', workflow), 'utf8');
  const used = STAND_INS.flatMap((name) => new RegExp(`uses: (actions/${name}@\\w+)`).exec(text)?.[1] ?? []);
  const args = [
    ...['workflow_dispatch', '--workflows', join('.github', 'workflows', workflow), '--directory', directory],
    // On this machine; act's checkout copies what is there, modules and what set-up knows too.
    ...['--platform', 'ubuntu-latest=-self-hosted', '--use-gitignore=false', '--env', `STAND_IN_CACHE=${cache}`],
    ...Object.entries(inputs).flatMap(([name, value]) => ['--input', `${name}=${value}`]),
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ...used.flatMap((name) => ['--local-repository', `${name}=${standIn(name)}`]),
  ];
  const { exitCode, stdout, stderr } = await captureCommand({
    ...{ command: act, args, timeoutMs },
    // What it copies there is gone with the test.
    env: { ...process.env, XDG_CACHE_HOME: mkdtempSync(join(tmpdir(), 'act-')) },
  });
  return { exitCode, text: `${stdout}${stderr}` };
}

function standIn(action: string): string {
  return join(__dirname, 'stand-ins', action.replace(/^actions\//, '').replace(/@.*/, ''));
}

async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { exitCode, how, stdout, stderr } = await captureCommand({ command, args, cwd });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: ${how}\n${stderr}`);
  return stdout;
}
