'use strict';

const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { CannotRun } = require('./errors');
const { SETUP, shown } = require('./paths');
const { capture, stream } = require('./processes');

const SOURCE_FILE = '/etc/apt/sources.list.d/rollproof-trixie.sources';
const PIN_FILE = '/etc/apt/preferences.d/rollproof-trixie';
/** apt-get never asks: what a person is asked comes from us. */
const QUIET = { DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_MODE: 'a' };

/** Lines of `apt-get -s` as `{added, changed, removed}`: a package with an old version in brackets is installed now. */
function readSimulation(text) {
  const result = { added: [], changed: [], removed: [] };
  for (const line of text.split('\n')) {
    const install = /^Inst (\S+) (?:\[([^\]]+)\] )?\((\S+)/.exec(line);
    const removal = /^Remv (\S+)/.exec(line);
    if (removal) result.removed.push(removal[1]);
    else if (install?.[2]) result.changed.push(`${install[1]} ${install[2]} -> ${install[3]}`);
    else if (install) result.added.push(install[1]);
  }
  return result;
}

/** Mirror that this Debian host uses already, so that a closed network keeps working. */
function debianMirror(directory = '/etc/apt') {
  const lists = path.join(directory, 'sources.list.d');
  const files = [
    path.join(directory, 'sources.list'),
    ...(fs.existsSync(lists) ? fs.readdirSync(lists).map((name) => path.join(lists, name)) : []),
  ];
  for (const file of files.filter((name) => fs.existsSync(name))) {
    const found = /^(?:deb |URIs: ?).*?(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(fs.readFileSync(file, 'utf8'));
    if (found) return found[1];
  }
  return 'http://deb.debian.org/debian';
}

/** Debian 13 beside an older release, pinned so low that nothing comes from it unasked. */
async function addTrixie() {
  const policy = await capture('apt-cache', ['policy']);
  if (/\bn=trixie\b/.test(policy.stdout)) return;
  fs.writeFileSync(
    SOURCE_FILE,
    `Types: deb\nURIs: ${debianMirror()}\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`,
  );
  fs.writeFileSync(PIN_FILE, 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n');
}

/** Takes back what addTrixie wrote. */
function removeTrixie() {
  for (const file of [SOURCE_FILE, PIN_FILE]) fs.rmSync(file, { force: true });
}

async function ask(question) {
  const prompt = readline.createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await new Promise((resolve) => {
      prompt.once('close', () => resolve(''));
      prompt.question(question, resolve);
    });
  } finally {
    prompt.close();
  }
}

/**
 * Installs packages: simulates, shows what would change on this machine, asks on a terminal when installed packages
 * would change, proceeds elsewhere.
 */
async function install(options) {
  try {
    await simulateAndInstall(options);
  } catch (error) {
    // Without what it was added for, a foreign source is only a burden to every later apt-get.
    if (options.target) removeTrixie();
    throw error;
  }
}

async function simulateAndInstall({ packages, target, what, progress }) {
  const logFile = path.join(SETUP, 'apt.log');
  const args = ['install', '-y', '--no-install-recommends', ...(target ? ['-t', target] : []), ...packages];
  progress.start(what, 'apt-get update');
  const updated = await stream('apt-get', ['update', '-q'], { logFile, env: QUIET });
  if (updated !== 0) throw new CannotRun(`apt-get update failed (${updated}); log: ${shown(logFile)}`);
  const simulation = await capture('apt-get', ['-s', ...args], { timeoutMs: 120_000, env: { ...QUIET, LC_ALL: 'C' } });
  if (simulation.code !== 0)
    throw new CannotRun(`apt-get cannot install ${packages.join(' ')}: ${simulation.stderr.trim()}`);
  const plan = readSimulation(simulation.stdout);
  const affected = [...plan.changed.map((text) => `upgrade ${text}`), ...plan.removed.map((name) => `remove ${name}`)];
  progress.line(`${what}: ${plan.added.length} packages are added, ${affected.length} installed ones change`);
  for (const text of affected) progress.line(`  ${text}`);
  if (affected.length > 0 && process.stdin.isTTY && process.stdout.isTTY && !process.env.CI) {
    progress.stop();
    const answer = await ask('Change these installed packages? [y/N] ');
    if (!/^y(es)?$/i.test(answer.trim())) {
      throw new CannotRun(`${what} was not installed`, 'Install Docker your own way, or run again and answer y.');
    }
  }
  progress.start(what, `apt-get install ${packages.join(' ')}`);
  const code = await stream('apt-get', args, { logFile, env: QUIET, append: true });
  if (code !== 0)
    throw new CannotRun(`installing ${what} failed (${code}); log: ${shown(logFile)}`, 'apt-get -f install may help.');
  progress.done(what, 'installed');
}

module.exports = { install, addTrixie, readSimulation, debianMirror };
