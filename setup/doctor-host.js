'use strict';

const fs = require('node:fs');
const net = require('node:net');
const os = require('node:os');
const { ROOT } = require('./paths');
const { capture } = require('./processes');

/** The reference stack and the harness beside it, with room to spare. */
const MEMORY_NEEDED_MIB = 2_048;
/** Mirror builds at their largest (Jaeger's compiler); an installed machine needs far less. */
const DISK_NEEDED_MIB = 8_192;
/** Ports that `--keep` and plain Compose publish on loopback. Other runs take free ones. */
const PORTS = { gateway: 8080, postgres: 5432, prometheus: 9090, alertmanager: 9093, jaeger: 16686, pager: 8099 };

/** Neither there nor lacking: `ok` is null. */
const notChecked = (id, why) => ({ id, ok: null, detail: `not checked: ${why}` });

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function checkPorts(ports = PORTS) {
  const taken = [];
  for (const [name, port] of Object.entries(ports)) if (!(await isFree(port))) taken.push(`${port} (${name})`);
  const ok = taken.length === 0;
  return {
    id: 'ports',
    ok,
    detail: ok ? 'the fixed ports are free' : `taken: ${taken.join(', ')}`,
    ...(!ok && {
      without: '`npm start -- --keep` and plain Compose, unless other ports are set; runs take free ports',
    }),
  };
}

function checkDisk(directory, { existsSync, statfsSync } = fs) {
  if (!statfsSync) return notChecked('disk', `Node ${process.versions.node} cannot tell, 18.15 or newer can`);
  const folder = directory && existsSync(directory) ? directory : ROOT;
  const { bavail, bsize } = statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  const ok = free >= DISK_NEEDED_MIB;
  return {
    id: 'disk',
    ok,
    detail: `${free} MiB free`,
    ...(!ok && { without: `mirror builds (they need ${DISK_NEEDED_MIB} MiB)` }),
  };
}

/** MemAvailable where the kernel tells it: free memory alone leaves out what caches would give back. */
function availableMiB() {
  const found =
    fs.existsSync('/proc/meminfo') && /^MemAvailable:\s+(\d+) kB/m.exec(fs.readFileSync('/proc/meminfo', 'utf8'));
  return found ? Math.floor(Number(found[1]) / 1024) : Math.floor(os.freemem() / 2 ** 20);
}

function checkMemory() {
  const free = availableMiB();
  const ok = free >= MEMORY_NEEDED_MIB;
  return {
    id: 'memory',
    ok,
    detail: `${free} MiB available`,
    ...(!ok && { without: `a stable run (${MEMORY_NEEDED_MIB} MiB are needed)` }),
  };
}

/** Cgroup version, storage and folder of the Engine. */
async function engineFacts() {
  const answer = await capture('docker', ['info', '--format', '{{json .}}'], { timeoutMs: 10_000 });
  return answer.code === 0 ? JSON.parse(answer.stdout) : {};
}

function checkCgroup(info) {
  const version = info.CgroupVersion;
  const ok = ['1', '2'].includes(version) && info.CgroupDriver !== 'none';
  return {
    id: 'cgroup',
    ok,
    detail: `version ${version ?? 'unknown'}, driver ${info.CgroupDriver ?? 'unknown'}`,
    ...(!ok && { without: 'the crash fault (it tells by the cgroup whose a process is)' }),
  };
}

module.exports = { notChecked, checkPorts, checkDisk, checkMemory, checkCgroup, engineFacts };
