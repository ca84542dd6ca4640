import type { Command } from './command';
import { CONFIG, IMAGE, type TinyProject } from './tiny-project';

/** An image that nobody has: a deploy that does all that comes before its rollout, and is then refused. */
export const DEPLOY_ABSENT = ['deploy', 'web', '--image', 'rollproof/absent:1', ...CONFIG];

/** Deploys the image that runs once more, which is as good. Returns while `percent` of the traffic is on the new revision. */
export async function deployAt(tiny: TinyProject, percent: number): Promise<Command> {
  const steps = ['--steps', `${percent},100`, '--min-ready', '1'];
  // `latest` may still be the run before, when the new one's folder is already there.
  const rollouts = () => tiny.journal().flatMap((line) => (line.type === 'rollout' ? [line.rollout] : []));
  const before = new Set(rollouts());
  const command = tiny.run(['deploy', 'web', '--image', IMAGE, '--redeploy', ...steps, ...CONFIG]);
  await tiny.awaitLine(`${percent} % of the traffic is on the new revision`, (line) => {
    const isThere = line.type === 'rollout' && line.state === 'Analyzing' && line.weight === percent;
    return isThere && !before.has(line.rollout);
  });
  return command;
}
