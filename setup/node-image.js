'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { CannotRun } = require('./errors');
const { NODE_VERSION } = require('./manifest');
const { npmCommand, lastLines } = require('./node-modules');
const { ROOT, SETUP, shown } = require('./paths');
const { stream } = require('./processes');

/** Context of the Node image: its Dockerfile, the binary that npm's packages of Node bring, and a pinned npm. */
async function stageNode(entry, progress, signal) {
  const directory = path.join(SETUP, 'context', entry.name);
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'Dockerfile']) {
    fs.copyFileSync(path.join(ROOT, 'setup/images/node', name), path.join(directory, name));
  }
  await npm(entry, ['ci'], { directory, progress, signal });
  if (signal?.aborted) return directory;
  fs.renameSync(path.join(directory, 'node_modules/npm'), path.join(directory, 'npm'));
  const binary = path.join(ROOT, 'node_modules/node/bin/node');
  if (fs.existsSync(binary)) {
    fs.copyFileSync(binary, path.join(directory, 'node'));
    return directory;
  }
  // What is installed has only the Node of the machine, which may be of another version or system.
  const name = `node-linux-${process.arch}`;
  await npm(entry, ['install', '--no-save', `${name}@${NODE_VERSION}`], { directory, progress, signal });
  if (signal?.aborted) return directory;
  fs.renameSync(path.join(directory, 'node_modules', name, 'bin/node'), path.join(directory, 'node'));
  fs.rmSync(path.join(directory, 'node_modules'), { recursive: true });
  return directory;
}

async function npm(entry, words, { directory, progress, signal }) {
  const logFile = path.join(SETUP, 'npm-image.log');
  const [command, ...args] = npmCommand();
  const what = `npm ${words[0]}`;
  progress.step(entry.name, what);
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  const code = await stream(command, [...args, ...words, ...options], { cwd: directory, logFile, signal });
  if (signal?.aborted || code === 0) return;
  throw new CannotRun(`image node failed at step: ${what} (${code})\n  log: ${shown(logFile)}`, lastLines(logFile, 6));
}

module.exports = { stageNode };
