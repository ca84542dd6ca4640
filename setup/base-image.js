'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { debianMirror, install } = require('./apt');
const { readHost } = require('./engine');
const { CannotRun } = require('./errors');
const { lastLines } = require('./node-modules');
const { SETUP, shown } = require('./paths');
const { begin, capture, stream } = require('./processes');

/** Debian 13 from a package mirror, without any image registry. Half-made folders are thrown away: it takes 25 s. */
async function buildBase({ tag, progress, signal }) {
  const host = readHost();
  await requireDebootstrap(host, progress);
  const logFile = path.join(SETUP, 'base.log');
  const root = path.join(SETUP, 'base-root');
  fs.rmSync(root, { recursive: true, force: true });
  fs.mkdirSync(SETUP, { recursive: true });
  progress.start('base', 'debootstrap of Debian 13');
  const mirror = host.distribution === 'debian' ? debianMirror() : 'http://deb.debian.org/debian';
  const args = ['--variant=minbase', '--force-check-gpg', 'trixie', root, mirror];
  const code = await stream('debootstrap', args, {
    logFile,
    signal,
    onLine: (line) => progress.step('base', line.slice(0, 80)),
  });
  if (signal?.aborted) return;
  if (code !== 0)
    throw new CannotRun(
      `image base failed at step: debootstrap (${code})\n  log: ${shown(logFile)}`,
      lastLines(logFile, 6),
    );
  progress.step('base', 'docker import');
  await importFolder(root, tag, logFile);
  fs.rmSync(root, { recursive: true, force: true });
  progress.done('base', 'built');
}

async function requireDebootstrap(host, progress) {
  const found = await capture('debootstrap', ['--version']);
  if (found.code === 0 && host.isRoot) return;
  const hint =
    'Let the Docker Engine reach an image registry, or run once as root on Debian or Ubuntu (debootstrap builds the base image).';
  if (!host.isRoot || host.platform !== 'linux')
    throw new CannotRun('building the base image without a registry needs root', hint);
  if (host.noInstall || !['debian', 'ubuntu'].includes(host.distribution)) {
    throw new CannotRun(
      'building the base image without a registry needs debootstrap, which is not installed',
      `apt-get install debootstrap debian-archive-keyring\n${hint}`,
    );
  }
  progress.expect(2); // apt-get update and apt-get install start one after the other
  await install({ packages: ['debootstrap', 'debian-archive-keyring'], what: 'debootstrap', progress });
}

/** tar | docker import, without package archives and lists: every build fetches fresh lists itself. */
function importFolder(root, tag, logFile) {
  const excluded = ['./var/cache/apt/archives/*.deb', './var/lib/apt/lists/*', './dev/*'].map(
    (pattern) => `--exclude=${pattern}`,
  );
  const log = fs.openSync(logFile, 'a');
  const tar = begin('tar', ['-C', root, ...excluded, '-c', '.'], { stdio: ['ignore', 'pipe', log] });
  const docker = begin('docker', ['import', '--change', 'CMD ["/bin/sh"]', '-', tag], {
    stdio: [tar.stdout, log, log],
  });
  // Ours is a second copy of the pipe's reading end: kept, it would hide the end of docker from tar.
  tar.stdout.destroy();
  const ended = (child, name) =>
    new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('exit', (code) => {
        if (code === 0) resolve();
        else
          reject(
            new CannotRun(
              `image base failed at step: ${name} (${code})\n  log: ${shown(logFile)}`,
              lastLines(logFile, 6),
            ),
          );
      });
    });
  return Promise.all([ended(tar, 'tar'), ended(docker, 'docker import')]).finally(() => fs.closeSync(log));
}

module.exports = { buildBase };
