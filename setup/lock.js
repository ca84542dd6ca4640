'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { SETUP } = require('./paths');

const LOCK_FILE = path.join(SETUP, 'lock');
const LOOK_AGAIN_MS = 500;

/** Is the process that wrote the lock still there? A lock without a readable pid is nobody's. */
function holder(file) {
  try {
    const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10);
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error.code === 'EPERM' ? 'another user' : undefined;
  }
}

function tryLock(file) {
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** Two setups of one clone do not build the same image twice: the second waits, then finds everything there. */
async function withLock(progress, work, file = LOCK_FILE) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let said = false;
  while (!tryLock(file)) {
    const pid = holder(file);
    if (pid === undefined) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!said) progress.line(`another setup of this clone runs (process ${pid}): waiting for it`);
    said = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

module.exports = { withLock };
