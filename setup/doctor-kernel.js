'use strict';

const { capture } = require('./processes');

/**
 * What the kernel can do, each tried for real in a network namespace of its own: `command` must succeed. `without` says
 * what a lack switches off.
 */
const KERNEL = [
  {
    id: 'netem',
    command: 'tc qdisc add dev lo root netem delay 1ms',
    without: 'packet loss, corruption and kernel-made delay (latency by the pass-through agent still works)',
  },
  { id: 'iptables', command: 'iptables -A INPUT -p tcp --dport 9 -j DROP', without: 'every fault on an edge' },
  {
    id: 'iptables-nat',
    command: 'iptables -t nat -A OUTPUT -p tcp --dport 9 -j REDIRECT --to-ports 10',
    without: 'latency on an edge (traffic cannot be led through the agent)',
  },
  {
    id: 'iptables-time',
    command: 'iptables -A INPUT -m time --datestop 2037-01-01T00:00:00 -j ACCEPT',
    without: 'leases in packet rules (the agent and the guardian still end faults)',
  },
  {
    id: 'iptables-statistic',
    command: 'iptables -A INPUT -m statistic --mode random --probability 0.5 -j ACCEPT',
    without: 'partial packet loss by rule',
  },
  {
    id: 'iptables-owner',
    command: 'iptables -A OUTPUT -m owner --uid-owner 0 -j ACCEPT',
    without: 'telling the agent’s own traffic by user',
  },
  {
    id: 'iptables-mark',
    command: 'iptables -A OUTPUT -m mark --mark 1 -j ACCEPT',
    without: 'telling the agent’s own traffic by mark',
  },
  {
    id: 'iptables-comment',
    command: 'iptables -A INPUT -m comment --comment rollproof -j ACCEPT',
    without: 'naming our rules',
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

async function checkKernel(helperImage) {
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
