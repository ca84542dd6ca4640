import { edgeName } from '../../harness/contract/config';
import { wallMs } from '../../harness/core/clock';
import { poll } from '../../harness/core/poll';
import { holdExec } from '../../harness/docker/exec';
import { Agent } from '../../harness/faults/agent';
import { destinationsOf } from '../../harness/faults/endpoints';
import { helperImage, Pair } from '../../harness/faults/testing/pair';
import { quantile } from '../../harness/statistics/quantile';
import { type BenchRow } from './row';

const ROUNDS = 20;
/** Longer than a busy machine takes to refuse the first connection, and than the agent waits before it renews its rules. */
const LEASE_MS = 2_000;
/** Bar of the design where the kernel keeps leases in milliseconds, ms. */
const LATE_MS_MAX = 5;

/**
 * Connects again and again, and prints the wall time of each first success after a refusal, and of each refusal after a success. Resets what it
 * opens: some thousands of connections in TIME_WAIT would be in the agent's way when it looks for those that go past it.
 */
const WATCHER = `const net=require('node:net');const wall=()=>performance.timeOrigin+performance.now();
let was;const tell=(is)=>{if(is!==was)console.log(JSON.stringify({is,atMs:wall()}));was=is;setTimeout(again,0)};
const again=()=>{const socket=net.connect({host:process.argv[1],port:8080},()=>{socket.resetAndDestroy();tell('open')});
  socket.once('error',(error)=>tell(error.code==='ECONNREFUSED'?'refused':'open'))};
process.stdin.on('end',()=>process.exit()).resume();again();`;

interface Change {
  readonly is: 'open' | 'refused';
  readonly atMs: number;
}

/**
 * When the kernel ends a fault whose lease is over, as the caller sees it: an edge that refuses, of which nobody takes the rule away. The time
 * counts from before the agent was asked, so that its own time is in it.
 */
export async function benchLeaseEnd(): Promise<BenchRow[]> {
  await using pair = await Pair.start();
  const caller = await pair.caller();
  if (caller === undefined) return [];
  const [destination] = await destinationsOf(pair.project, pair.edge, pair.managed, caller);
  if (destination === undefined) return [];
  const agent = await Agent.attach({
    ...{ project: pair.project, helperImage: helperImage(), targetId: caller.id },
    ...{ onEvent: () => undefined, onLost: () => undefined },
  });
  const changes: Change[] = [];
  const watcher = await holdExec(caller.id, ['node', '-e', WATCHER, destination.address], {
    onLine: (line) => void changes.push(JSON.parse(line) as Change),
  });
  try {
    const edge = edgeName(pair.edge);
    await agent.prepare(edge, [destination], true);
    const lateMs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = changes.length;
      const startMs = wallMs();
      await agent.faultOn({
        id: `round-${round}`,
        kind: 'refuse',
        edge,
        options: {},
        seed: 'bench',
        leaseMs: LEASE_MS,
      });
      const seen = () => changes.slice(before);
      const end = await poll(
        () =>
          seen()
            .slice(firstRefusal(seen()))
            .find(({ is }) => is === 'open'),
        {
          condition: 'a connection has been refused, and one after it is open again',
          timeoutMs: 10_000,
          intervalMs: 20,
          describe: () => ({ round, seen: seen() }),
        },
      );
      lateMs.push(end.atMs - startMs - LEASE_MS);
      await agent.faultOff(`round-${round}`);
    }
    const samples = lateMs.length;
    return [
      { name: 'lease-end-late-p50', value: quantile(lateMs, 0.5), unit: 'ms', limit: LATE_MS_MAX, samples },
      { name: 'lease-end-late-max', value: Math.max(...lateMs), unit: 'ms', limit: LATE_MS_MAX, samples },
      { name: 'lease-end-earliest', value: Math.min(...lateMs), unit: 'ms', samples },
    ];
  } finally {
    await watcher[Symbol.asyncDispose]();
    await agent.leave();
  }
}

/** Its index; behind the last change while there is none. */
function firstRefusal(changes: readonly Change[]): number {
  const index = changes.findIndex(({ is }) => is === 'refused');
  return index === -1 ? changes.length : index;
}
