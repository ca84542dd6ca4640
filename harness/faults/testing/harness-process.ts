import { edge } from '../../contract/config';
import { HarnessError } from '../../core/errors';
import { MemoryJournal } from '../../contract/journal';
import { Guardian } from '../guardian';
import { FaultInjector } from '../injector';
import { crash, latency } from '../kinds';
import { helperImage } from './pair';

/** A harness in the middle of two faults, to be killed by a test: `<project> <ephemeral|kept>`. */
async function main(project: string, mode: 'ephemeral' | 'kept'): Promise<void> {
  const image = helperImage();
  const guardian = await Guardian.start({ project, helperImage: image, mode });
  const injector = await FaultInjector.start({
    project,
    helperImage: image,
    guardian,
    journal: new MemoryJournal(),
    seed: 'seed',
    edges: [{ from: 'caller', to: 'callee' }],
    managed: { callee: { port: 8080, readiness: '/readyz' } },
    signal: new AbortController().signal,
  });
  await injector.inject(latency({ on: edge('caller', 'callee'), delayMs: 100 }));
  await injector.inject(crash({ of: 'bystander', keepDown: true }));
  process.send?.('faults are active');
}

const [project = '', mode] = process.argv.slice(2);
if (mode !== 'ephemeral' && mode !== 'kept') {
  throw new HarnessError('bad-argument', { message: `mode ${mode} is neither ephemeral nor kept` });
}
void main(project, mode);
