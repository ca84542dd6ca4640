import { chunkDelayMs } from '../decision.ts';
import { DelayLine } from '../delay-line.ts';
import type { AgentKind, Item } from './kind.ts';

/** Holds each chunk of the answers for its time. */
export const latency: AgentKind = {
  kind: 'latency',
  counts: 'answers',
  down: ({ fault, connection, alarm, give, touch, facts }) => {
    const { delayMs, jitterMs } = fault.options as { readonly delayMs: number; readonly jitterMs: number };
    const spec = { edge: fault.edge, seed: fault.seed, delayMs, jitterMs };
    let chunk = 0;
    const line = new DelayLine<Item>(alarm, (item, lateMs) => {
      facts['lateMsMax'] = Math.max(facts['lateMsMax'] ?? 0, lateMs);
      give(item);
    });
    return {
      push: (item) => {
        if (item === 'end') {
          if (line.isEmpty) give(item);
          else line.push(item, 0, 0);
          return;
        }
        touch();
        const heldMs = chunkDelayMs(spec, connection, chunk++);
        facts['delayedChunks'] = (facts['delayedChunks'] ?? 0) + 1;
        facts['delayedMs'] = (facts['delayedMs'] ?? 0) + heldMs;
        line.push(item, item.length, heldMs);
      },
      flush: () => line.flush(),
      clear: () => line.clear(),
      get heldBytes() {
        return line.bytes;
      },
    };
  },
};
