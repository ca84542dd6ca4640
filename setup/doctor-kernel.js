'use strict';

const { notChecked } = require('./doctor-host');
const { capture } = require('./processes');

/** The agents beside the callers of `edges` redirect them by packet rules. */
const EDGES = 'every fault on an edge; scenarios with one are skipped';

/** What a rung of the packet rules is worth; see harness/faults/agent/ladder.ts. */
const RUNGS = {
  nftables: 'nftables, leases end within ms',
  iptables: 'iptables, leases end at whole seconds',
};

/** The helper says what an agent would find: the best packet rules that work, and why better ones do not. */
function readRung(message) {
  try {
    const { rung, lacks } = JSON.parse(message);
    const reasons = Object.entries(lacks).map(([name, lack]) => `${name}: ${lack}`);
    const detail = [...(rung ? [RUNGS[rung]] : []), ...reasons].join('; ');
    return rung ? { ok: true, detail } : { ok: false, detail, without: EDGES };
  } catch {
    return { ok: false, detail: message || 'did not report', without: EDGES };
  }
}

/** What the kernel can do, each tried for real in a network namespace of its own. `without` says what a lack switches off. */
const KERNEL = [
  { id: 'packet-rules', command: 'node /app/main.ts rung', without: EDGES, read: readRung },
  {
    id: 'netem',
    command: 'tc qdisc add dev lo root netem delay 1ms',
    without: 'nothing yet: the agents delay in user space',
  },
];

/** One container for all: prints a line `id exit-code message` for each. */
function script(checks = KERNEL) {
  return checks
    .map(({ id, command }) => `message=$(${command} 2>&1); echo "${id} $? $(echo "$message" | tail -n 1)"`)
    .join('\n');
}

/** Lines of the script as checks. One that did not report is a lack as well. */
function readKernel(output, checks = KERNEL) {
  const lines = new Map(output.split('\n').map((line) => [line.split(' ')[0], line]));
  return checks.map(({ id, without, read }) => {
    const [, code, ...message] = (lines.get(id) ?? '').split(' ');
    if (read) return { id, ...read(message.join(' ')) };
    const ok = code === '0';
    return ok ? { id, ok, detail: 'works' } : { id, ok, detail: message.join(' ') || 'did not report', without };
  });
}

/** The checks, which need the helper image: without it they are named as not made. */
async function checkKernel(helperImage) {
  if (!helperImage) return [notChecked('kernel', 'no helper image yet (npm run setup)')];
  const args = [
    'run',
    '--rm',
    '--label',
    'rollproof.role=helper',
    '--network',
    'none',
    '--user',
    '0',
    '--cap-drop',
    'ALL',
  ];
  args.push(
    '--cap-add',
    'NET_ADMIN',
    '--cap-add',
    'NET_RAW',
    '--read-only',
    '--tmpfs',
    '/run',
    '--entrypoint',
    'sh',
    helperImage,
    '-c',
    script(),
  );
  const answer = await capture('docker', args);
  if (answer.code !== 0 && answer.stdout === '') {
    return [{ id: 'helper', ok: false, detail: answer.stderr.trim().split('\n').at(-1), without: 'every fault' }];
  }
  return readKernel(answer.stdout);
}

module.exports = { checkKernel, readKernel, script, KERNEL };
