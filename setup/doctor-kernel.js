'use strict';

const { notChecked } = require('./doctor-host');
const { capture } = require('./processes');

/** The agents beside the callers of `edges` redirect them by packet rules. */
const EDGES = 'every fault on an edge; scenarios with one are skipped';

/**
 * What the kernel can do, each tried for real in a network namespace of its own: `command` must succeed. `without` says
 * what a lack switches off. One rule of an agent has all of the iptables matches (harness/faults/agent/rules.ts).
 */
const KERNEL = [
  {
    id: 'iptables-nat',
    command: 'iptables -t nat -A OUTPUT -p tcp --dport 9 -j REDIRECT --to-ports 10',
    without: EDGES,
  },
  {
    id: 'iptables-owner',
    command: 'iptables -t nat -A OUTPUT -p tcp -m owner ! --uid-owner 1 -j ACCEPT',
    without: EDGES,
  },
  {
    id: 'iptables-time',
    command: 'iptables -t nat -A OUTPUT -p tcp -m time --datestop 2037-01-01T00:00:00 -j ACCEPT',
    without: EDGES,
  },
  {
    id: 'iptables-comment',
    command: 'iptables -t nat -A OUTPUT -p tcp -m comment --comment rollproof -j ACCEPT',
    without: EDGES,
  },
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
  return checks.map(({ id, without }) => {
    const [, code, ...message] = (lines.get(id) ?? '').split(' ');
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
