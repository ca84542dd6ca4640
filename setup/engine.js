'use strict';

const fs = require('node:fs');
const { CannotRun } = require('./errors');
const { capture } = require('./processes');
const { installDocker, startDocker } = require('./engine-install');
const { PACKAGES } = require('./engine-packages');

/** Oldest versions that the harness was written for. */
const NEEDED = { engine: '25.0', compose: '2.24' };
const DAEMONS = ['/usr/sbin/dockerd', '/usr/bin/dockerd', '/usr/local/bin/dockerd'];
/** Distributions that may be installed on. */
const SUPPORTED = Object.keys(PACKAGES);
/** CLI plugins: their packages in the distributions, and in Docker's own repositories. */
const PLUGINS = {
  compose: {
    what: 'Docker Compose (CLI plugin)',
    debian: 'docker-compose',
    ubuntu: 'docker-compose-v2',
    docker: 'docker-compose-plugin',
  },
  buildx: { what: 'Docker buildx', debian: 'docker-buildx', ubuntu: 'docker-buildx', docker: 'docker-buildx-plugin' },
};

/** Is version `found` (26.1.5+dfsg1) at least `needed` (24.0)? */
function isAtLeast(found, needed) {
  const parts = (text) => (/\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
  const [a, b] = [parts(found), parts(needed)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** What is there now: the client, a reachable Engine, Compose and buildx, each with its version or undefined. */
async function probeEngine() {
  const [version, compose, buildx, context, owners] = await Promise.all([
    capture('docker', ['version', '--format', '{{json .}}'], { timeoutMs: 10_000 }),
    capture('docker', ['compose', 'version', '--short'], { timeoutMs: 10_000 }),
    capture('docker', ['buildx', 'version'], { timeoutMs: 10_000 }),
    capture('docker', ['context', 'show'], { timeoutMs: 10_000 }),
    capture('dpkg-query', ['--search', ...DAEMONS.filter((file) => fs.existsSync(file))]),
  ]);
  const parsed = version.stdout.startsWith('{') ? JSON.parse(version.stdout.split('\n')[0]) : undefined;
  return {
    hasClient: version.code !== 127,
    engine: parsed?.Server?.Version,
    os: parsed?.Server?.Os,
    compose: compose.code === 0 ? compose.stdout.trim() : undefined,
    buildx: buildx.code === 0 ? /\d+\.\d+[^\s]*/.exec(buildx.stdout)?.[0] : undefined,
    context: context.code === 0 ? context.stdout.trim() : 'default',
    isPackaged:
      owners.code === 0 &&
      owners.stdout
        .trim()
        .split('\n')
        .every((line) => line.startsWith('docker.io:')),
    detail: version.stderr.trim().split('\n').at(-1),
  };
}

function readOsRelease(file = '/etc/os-release') {
  if (!fs.existsSync(file)) return {};
  const entries = fs.readFileSync(file, 'utf8').matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm);
  return Object.fromEntries([...entries].map(([, key, value]) => [key, value]));
}

/** Facts about the host that decide what may be done to it. */
function readHost(env = process.env) {
  const release = readOsRelease();
  return {
    platform: process.platform,
    isRoot: process.getuid?.() === 0,
    distribution: release.ID ?? '',
    codename: release.VERSION_CODENAME ?? '',
    version: release.VERSION_ID ?? '',
    noInstall: env.ROLLPROOF_NO_INSTALL === '1',
    remote: Boolean(env.DOCKER_HOST) || Boolean(env.DOCKER_CONTEXT && env.DOCKER_CONTEXT !== 'default'),
    hasDaemon: DAEMONS.some((file) => fs.existsSync(file)),
  };
}

/**
 * What to do about the Engine, as a pure function: `use` it, `start` the one that is installed, `install` (`packages`
 * where only plugins lack, else all), or `stop` with a reason and a hint. An Engine that is there is never replaced: apt
 * only adds to the distribution's own (`isPackaged`).
 */
function decideEngine(probe, host) {
  const mayChange = host.isRoot && SUPPORTED.includes(host.distribution) && !host.noInstall && !host.remote;
  const lacking = Object.keys(PLUGINS).filter((name) => !probe[name]);
  if (probe.engine) {
    if (!isAtLeast(probe.engine, NEEDED.engine))
      return stop(`Docker Engine ${probe.engine} found, ${NEEDED.engine} or newer needed`, host, UPGRADE);
    if (probe.compose && !isAtLeast(probe.compose, NEEDED.compose)) {
      return stop(`Docker Compose ${probe.compose} found, ${NEEDED.compose} or newer needed`, host, UPGRADE);
    }
    return lacking.length === 0 ? { action: 'use' } : supplyPlugins({ lacking, probe, host, mayChange });
  }
  if (host.remote)
    return stop(
      `the Docker Engine that DOCKER_HOST or DOCKER_CONTEXT names does not answer: ${probe.detail ?? ''}`,
      host,
    );
  const other = probe.context !== 'default';
  if (other)
    return stop(`the Docker Engine of context "${probe.context}" does not answer: ${probe.detail ?? ''}`, host);
  if (host.platform === 'linux' && mayChange) {
    if (host.hasDaemon && probe.hasClient && lacking.length === 0) return { action: 'start' };
    if (!host.hasDaemon || probe.isPackaged) return { action: 'install', what: 'Docker Engine' };
    if (lacking.length > 0) return supplyPlugins({ lacking, probe, host, mayChange });
  }
  return stop(`no Docker Engine reachable${probe.detail ? `: ${probe.detail}` : ''}`, host);
}

/** Only where the Engine of this machine is the distribution's do its packages of the plugins fit. */
function supplyPlugins({ lacking, probe, host, mayChange }) {
  const what = lacking.map((name) => PLUGINS[name].what).join(' and ');
  const fits = probe.isPackaged && probe.context === 'default' && SUPPORTED.includes(host.distribution);
  const packages = lacking.map((name) => PLUGINS[name][fits ? host.distribution : 'docker']);
  if (fits && mayChange) return { action: 'install', what, packages };
  // Debian 12's own docker-compose is Compose v1.
  const hint = fits
    ? `sudo apt-get install ${host.version === '12' ? '-t trixie ' : ''}${packages.join(' ')}`
    : `Install ${packages.join(' and ')} from where the Docker client came: https://docs.docker.com/engine/install/`;
  return { action: 'stop', reason: `${what} not found`, hint: `${hint}\nThen run the same command again.` };
}

/** Set-up never replaces what is there. */
const UPGRADE = 'Upgrade it: https://docs.docker.com/engine/install/';

const stop = (reason, host, hint = installHint(host)) => ({ action: 'stop', reason, hint });

/** What installs all that is needed, from each distribution's own packages where it has them. */
const INSTALL = {
  alpine: 'sudo apk add docker docker-cli-compose docker-cli-buildx && sudo rc-service docker start',
  arch: 'sudo pacman -S docker docker-compose docker-buildx',
  centos: dockersOwn('centos'),
  debian: `sudo apt-get install ${PACKAGES.debian.join(' ')}`,
  fedora: 'sudo dnf install moby-engine docker-compose docker-buildx',
  rhel: dockersOwn('rhel'),
  ubuntu: `sudo apt-get install ${PACKAGES.ubuntu.join(' ')}`,
};

function dockersOwn(distribution) {
  const packages = 'docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin';
  const repository = `https://download.docker.com/linux/${distribution}/docker-ce.repo`;
  return `sudo dnf config-manager --add-repo ${repository} && sudo dnf install ${packages}`;
}

/** Commands that a person can paste on this system. */
function installHint(host) {
  if (host.remote) return 'Start the Engine that DOCKER_HOST or DOCKER_CONTEXT names, or unset it to use this machine.';
  const needed = `Needed: Docker Engine >= ${NEEDED.engine}, Compose >= ${NEEDED.compose}, buildx. Then run the same command again.`;
  const group =
    'Or, when Docker is installed: sudo systemctl start docker; sudo usermod -aG docker "$USER" (log in again).';
  if (host.platform === 'darwin') return `brew install --cask docker && open -a Docker\n${needed}`;
  if (host.platform === 'win32') return `Install Docker Desktop and run this inside WSL 2.\n${needed}`;
  // Debian 12's own Docker is too old: set-up takes Debian 13's, pinned.
  const isOld = host.distribution === 'debian' && Number.parseInt(host.version, 10) < 13;
  const install = isOld ? 'sudo env -u ROLLPROOF_NO_INSTALL node setup/main.js' : INSTALL[host.distribution];
  return `${install ?? 'See https://docs.docker.com/engine/install/'}\n${group}\n${needed}`;
}

/** A reachable Engine with all we need, or CannotRun. Installs or starts it where that is allowed. */
async function ensureEngine(progress) {
  const host = readHost();
  let probe = await probeEngine();
  let decision = decideEngine(probe, host);
  if (decision.action === 'install' || decision.action === 'start') {
    if (decision.action === 'install') await installDocker({ host, ...decision, progress });
    probe = await probeEngine();
    if (!probe.engine) await startDocker(progress);
    probe = await probeEngine();
    decision = decideEngine(probe, { ...host, noInstall: true });
  }
  if (decision.action !== 'use') throw new CannotRun(decision.reason, decision.hint);
  return probe;
}

module.exports = { ensureEngine, probeEngine, decideEngine, readHost, isAtLeast, NEEDED };
