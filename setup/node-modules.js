'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { CannotRun } = require('./errors');
const { ROOT, SETUP, shown } = require('./paths');
const { stream } = require('./processes');
const { runJobs } = require('./schedule');

const STAMP = '.rollproof-stamp';

/** npm of the call that started us, else the one on PATH. */
function npmCommand(env = process.env) {
  const script = env.npm_execpath ?? '';
  return /npm-cli\.c?js$/.test(script) ? [process.execPath, script] : ['npm'];
}

/**
 * Whether the installed tree (npm's own hidden lock file) is what the lock file asks for. Packages for other systems
 * may lack. A person who ran `npm install` needs no second one.
 */
function isInstalled(lock, hidden) {
  const wanted = Object.entries(lock.packages).filter(([name]) => name !== '');
  const have = hidden.packages ?? {};
  const same = ([name, entry]) => {
    const found = have[name];
    if (!found) return Boolean(entry.optional || entry.devOptional || entry.peer || entry.link);
    return found.version === entry.version && found.integrity === entry.integrity;
  };
  return wanted.every(same) && Object.keys(have).every((name) => name in lock.packages);
}

const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

function needsInstall(directory) {
  const lockFile = path.join(directory, 'package-lock.json');
  const stampFile = path.join(directory, 'node_modules', STAMP);
  const hash = createHash('sha256').update(fs.readFileSync(lockFile)).digest('hex');
  if (fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === hash) return { needed: false };
  const hiddenFile = path.join(directory, 'node_modules', '.package-lock.json');
  if (fs.existsSync(hiddenFile) && isInstalled(readJson(lockFile), readJson(hiddenFile))) {
    fs.writeFileSync(stampFile, hash);
    return { needed: false };
  }
  return { needed: true, stampFile, hash };
}

/** Installs what the lock files ask for, only where it changed, side by side. */
async function ensureNodeModules(progress) {
  const jobs = [ROOT, path.join(ROOT, 'stack/services')]
    .filter((directory) => fs.existsSync(path.join(directory, 'package-lock.json')))
    .map((directory) => ({ directory, name: `node_modules of ${shown(directory)}`, ...needsInstall(directory) }))
    .filter(({ needed }) => needed)
    .map((job) => ({ ...job, run: (signal) => install(job, progress, signal) }));
  await runJobs(jobs, jobs.length);
}

async function install({ directory, name, stampFile, hash }, progress, signal) {
  const logFile = path.join(SETUP, `npm-${path.basename(directory)}.log`);
  progress.start(name, 'npm ci');
  const [command, ...args] = npmCommand();
  const code = await stream(command, [...args, 'ci', '--no-audit', '--no-fund'], { cwd: directory, logFile, signal });
  if (signal.aborted) return;
  if (code !== 0)
    throw new CannotRun(`${name}: npm ci failed (${code}); log: ${shown(logFile)}`, lastLines(logFile, 8));
  fs.writeFileSync(stampFile, hash);
  progress.done(name);
}

/** The end of a log, for a person who will not open it. */
function lastLines(file, count) {
  const lines = fs.readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.slice(-count).join('\n');
}

module.exports = { ensureNodeModules, isInstalled, npmCommand, lastLines };
