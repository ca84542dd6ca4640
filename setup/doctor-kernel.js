'use strict';

const { notChecked } = require('./doctor-host');
const { typed } = require('./paths');
const { capture } = require('./processes');

/** The agents beside the callers of `edges` redirect them by packet rules. */
const EDGES = 'every fault on an edge; scenarios with one are skipped';

/** What a rung of the packet rules is worth; see harness/faults/agent/ladder.ts. */
const RUNGS = {
  nftables: 'nftables, leases end within ms',
  iptables: 'iptables, leases end at whole seconds',
};

/** The helper says what an agent would find: the best packet rules that work, and why better ones do not. */
function readRung({ stdout }) {
  const { rung, lacks } = JSON.parse(stdout);
  const reasons = Object.entries(lacks).map(([name, lack]) => `${name}: ${lack}`);
  const detail = [...(rung ? [RUNGS[rung]] : []), ...reasons].join('; ');
  return rung ? { ok: true, detail } : { ok: false, detail, without: EDGES };
}

/** What the kernel can do, each tried for real in a network namespace of its own. `without` says what a lack switches off. */
const KERNEL = [
  // The image's own program, wherever it lies in it.
  { id: 'packet-rules', command: ['rung'], read: readRung },
  {
    id: 'netem',
    entrypoint: 'tc',
    command: ['qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'],
    without: 'nothing yet: the agents delay in user space',
  },
];

/** From here on a container that did not run its command: Docker's own codes, and those of a shell. */
const NOT_RUN = 125;

/** What a probe found. One that broke has found nothing: that is told as such, never as a lack of this machine. */
function readProbe({ id, without, read }, answer) {
  const said = answer.stderr.trim();
  if (answer.code === null) return notChecked(id, 'its probe did not end');
  if (answer.code >= NOT_RUN) return notChecked(id, `its probe did not start: ${said.split('\n')[0]}`);
  if (!read)
    return answer.code === 0
      ? { id, ok: true, detail: 'works' }
      : { id, ok: false, detail: said.split('\n').at(-1) || `ended with ${answer.code}`, without };
  try {
    return { id, ...read(answer) };
  } catch {
    return notChecked(id, `its probe broke (exit code ${answer.code}): ${errorLine(said)}`);
  }
}

/** The line of a crash that names the error: what follows is a stack, and Node's version. */
function errorLine(text) {
  return text.split('\n').find((line) => /^\w*Error\b.*: /.test(line)) ?? 'it said nothing of why';
}

/** The checks, which need the helper image: without it they are named as not made. */
async function checkKernel(helperImage, run = capture) {
  if (!helperImage) return [notChecked('kernel', `no helper image yet (${typed('setup')})`)];
  return Promise.all(
    KERNEL.map(async (check) => readProbe(check, await run('docker', runArguments(check, helperImage)))),
  );
}

function runArguments({ entrypoint, command }, image) {
  const isolation = ['--network', 'none', '--user', '0', '--read-only', '--tmpfs', '/run'];
  const rights = ['--cap-drop', 'ALL', '--cap-add', 'NET_ADMIN', '--cap-add', 'NET_RAW'];
  const program = entrypoint ? ['--entrypoint', entrypoint] : [];
  return ['run', '--rm', '--label', 'rollproof.role=helper', ...isolation, ...rights, ...program, image, ...command];
}

module.exports = { checkKernel };
