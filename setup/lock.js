'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { SETUP } = require('./paths');

const LOCK_FILE = path.join(SETUP, 'lock');
const LOOK_AGAIN_MS = 500;

/** When a process started, by Linux' own record; '' elsewhere. A pid alone may have been given to another process since. */
function startOf(pid) {
  try {
    // Fields are counted after the command's name, which may hold anything: the 22nd is the start.
    return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ')[19];
  } catch {
    return '';
  }
}

/** Is the process that wrote the lock still there? A lock without a readable pid is nobody's. */
function holder(file) {
  try {
    const [pid, start] = fs.readFileSync(file, 'utf8').split(' ');
    process.kill(Number.parseInt(pid, 10), 0);
    return start === startOf(pid) ? pid : undefined;
  } catch (error) {
    // EPERM: it lives, under another user.
    return error.code === 'EPERM' ? 'another user' : undefined;
  }
}

/** By a link to a file that is whole: nobody ever reads a lock without its holder. */
function tryLock(file) {
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, `${process.pid} ${startOf(process.pid)}`);
  try {
    fs.linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    fs.rmSync(mine, { force: true });
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
