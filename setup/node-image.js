'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { CannotRun } = require('./errors');
const { npmCommand, lastLines } = require('./node-modules');
const { ROOT, SETUP, shown } = require('./paths');
const { stream } = require('./processes');

/** Context of the Node image: its Dockerfile, the binary that npm's `node` package brought, and a pinned npm. */
async function stageNode(entry, progress, signal) {
  const directory = path.join(SETUP, 'context', entry.name);
  const binary = path.join(ROOT, 'node_modules/node/bin/node');
  if (!fs.existsSync(binary))
    throw new CannotRun(
      'node_modules/node/bin/node is missing',
      'rm -r node_modules, then run the same command again.',
    );
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'Dockerfile']) {
    fs.copyFileSync(path.join(ROOT, 'stack/images/node', name), path.join(directory, name));
  }
  const logFile = path.join(SETUP, 'npm-image.log');
  const [command, ...args] = npmCommand();
  progress.step(entry.name, 'npm ci');
  const code = await stream(command, [...args, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: directory,
    logFile,
    signal,
  });
  if (signal?.aborted) return directory;
  if (code !== 0)
    throw new CannotRun(`image node failed at step: npm ci (${code})\n  log: ${shown(logFile)}`, lastLines(logFile, 6));
  fs.renameSync(path.join(directory, 'node_modules/npm'), path.join(directory, 'npm'));
  fs.copyFileSync(binary, path.join(directory, 'node'));
  return directory;
}

module.exports = { stageNode };
