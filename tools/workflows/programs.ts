import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { captureCommand } from '../../harness/core/command';
import { HarnessError } from '../../harness/core/errors';
import { readSupply, supplied } from '../../harness/docker/supply';
import { hostArguments } from '../../setup/host-arguments';

/** What they are built from: a Dockerfile, go.mod and go.sum. */
const SOURCE = join(__dirname, 'programs');

/** On a quiet machine with two cores it takes two minutes, and only the first time. */
const BUILD_MS = 900_000;

/** Programs that read and run GitHub workflows, by their paths. */
export interface WorkflowPrograms {
  readonly actionlint: string;
  readonly act: string;
}

/** actionlint and act, built from the Go module mirror when they are first needed, and kept under `.rollproof/programs/` by what they are made of. */
export async function workflowPrograms(): Promise<WorkflowPrograms> {
  const hash = createHash('sha256');
  for (const name of readdirSync(SOURCE).sort()) hash.update(name).update(readFileSync(join(SOURCE, name)));
  const directory = resolve('.rollproof', 'programs', hash.digest('hex').slice(0, 12));
  if (!existsSync(directory)) await build(directory);
  return { actionlint: join(directory, 'actionlint'), act: join(directory, 'act') };
}

async function build(directory: string): Promise<void> {
  const draft = `${directory}.draft`;
  mkdirSync(draft, { recursive: true });
  const args = [
    ...['build', '--progress', 'plain', '--output', `type=local,dest=${draft}`],
    ...['--build-arg', `NODE_IMAGE=${supplied(readSupply(), 'node')}`],
    ...hostArguments(),
    SOURCE,
  ];
  const env = { ...process.env, DOCKER_BUILDKIT: '1' };
  const { exitCode, how, stderr } = await captureCommand({ command: 'docker', args, env, timeoutMs: BUILD_MS });
  if (exitCode !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new HarnessError('program-not-built', {
      message: `actionlint and act could not be built: ${how}\n${stderr.split('\n').slice(-12).join('\n')}`,
      hint: 'Are the mirrors of Debian and of Go modules reachable?',
    });
  }
  renameSync(draft, directory);
}
