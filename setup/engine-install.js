'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const { addTrixie, install } = require('./apt');
const { PACKAGES } = require('./engine-packages');
const { CannotRun } = require('./errors');
const { capture, openLog } = require('./processes');

const PID_FILES = ['/var/run/docker.pid', '/run/docker/containerd/containerd.pid'];
const LOG_FILE = '/var/log/rollproof-dockerd.log';
const START_LIMIT_MS = 60_000;

/**
 * Installs `packages`, by default all that Docker needs. Debian 13's own packages on Debian 12 and 13, Ubuntu's own on
 * Ubuntu: the two are never mixed.
 */
async function installDocker({ host, what, packages = PACKAGES[host.distribution], progress }) {
  const old = host.distribution === 'debian' && Number.parseInt(host.version, 10) <= 13;
  if (old) await addTrixie();
  return install({ packages, target: old ? 'trixie' : undefined, what, progress });
}

/** Removes pid files whose process is gone: they would stop the daemon from starting. */
function removeStalePids(files = PID_FILES, isAlive = processExists) {
  const removed = [];
  for (const file of files) {
    if (!fs.existsSync(file)) continue;
    const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
    if (Number.isInteger(pid) && isAlive(pid)) continue;
    fs.rmSync(file, { force: true });
    removed.push(file);
  }
  return removed;
}

/** A pid is used again after a reboot, and a zombie holds nothing: only a living process with a Docker name counts. */
function processExists(pid) {
  try {
    return isLiveDaemon(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** Reads a line of /proc/PID/stat: `586 (dockerd) S …`. */
const isLiveDaemon = (stat) => /^\d+ \((?:dockerd|containerd)[^)]*\) [^ZX]/.test(stat);

async function isUp() {
  const answer = await capture('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 5_000 });
  return answer.code === 0;
}

/** Starts the installed Engine and waits until it answers. It is left running, and that is said. */
async function startDocker(progress) {
  const name = 'Docker Engine';
  progress.start(name, 'starting');
  const systemd = fs.existsSync('/run/systemd/system');
  let child;
  let logStart = 0;
  if (systemd) {
    await capture('systemctl', ['start', 'docker'], { timeoutMs: START_LIMIT_MS });
  } else {
    removeStalePids();
    // A process group of its own and no inherited pipe: else a CI job would wait for the daemon to end.
    const log = openLog(LOG_FILE);
    logStart = fs.fstatSync(log).size;
    child = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], cwd: '/' });
    child.on('error', () => {});
    fs.closeSync(log);
    child.unref();
  }
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await isUp())) {
    const ended = child && child.exitCode !== null;
    if (ended || Date.now() > deadline) {
      const how = ended ? `ended with ${child.exitCode}` : `did not answer within ${START_LIMIT_MS / 1000} s`;
      throw new CannotRun(
        `dockerd ${how}; log: ${systemd ? 'journalctl -u docker' : LOG_FILE}`,
        systemd ? '' : tail(LOG_FILE, logStart),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const how = systemd ? 'by systemd' : `in the background, log ${LOG_FILE}`;
  progress.done(name, `started ${how}; it is left running`);
}

/** The last lines that this start wrote. */
const tail = (file, from) => fs.readFileSync(file).subarray(from).toString().trimEnd().split('\n').slice(-8).join('\n');

module.exports = { installDocker, startDocker, removeStalePids, isLiveDaemon };
