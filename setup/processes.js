'use strict';

const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { Interrupted } = require('./errors');

/** A command that says nothing for so long hangs; the longest silence of a build that goes well is about 5 min. */
const SILENCE_MS_MAX = 900_000;

/** Children that run now: an interrupted setup ends them before it exits. */
const running = new Set();
let interrupted = false;

/** Starts a child that an interrupted setup ends. */
function begin(command, args, options) {
  if (interrupted) throw new Interrupted();
  const child = spawn(command, args, options);
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/**
 * Runs a command and collects its output. Never throws for a failing command: `code` is its exit code, 127 when it does
 * not exist, null when it was ended by the timeout (ms, default 30,000).
 */
function capture(command, args, { timeoutMs = 30_000, input, env, cwd } = {}) {
  return new Promise((resolve) => {
    const child = begin(command, args, { env: { ...process.env, ...env }, cwd, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    child.stdin.on('error', () => {}); // the command may end before it reads its input
    child.on('error', (error) => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code: 127, stdout, stderr: error.message });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr });
    });
    child.stdin.end(input);
  });
}

/**
 * Runs a long command, its output line by line to `onLine` and to the log file. Resolves with the exit code, null when it was ended: by
 * an abort, or after `silenceMs` without output (default 15 min).
 */
function stream(command, args, options = {}) {
  const { logFile, onLine = () => {}, env, cwd, signal, append = false, silenceMs = SILENCE_MS_MAX } = options;
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const log = fs.createWriteStream(logFile, { flags: append ? 'a' : 'w' });
  log.write(`$ ${command} ${args.join(' ')}\n`);
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve(null);
    const child = begin(command, args, { env: { ...process.env, ...env }, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const abort = () => child.kill('SIGTERM');
    signal?.addEventListener('abort', abort, { once: true });
    const giveUp = () => {
      log.write(`no output for ${silenceMs / 1_000} s: ended\n`);
      abort();
    };
    let silence = setTimeout(giveUp, silenceMs);
    const finish = (code) => {
      clearTimeout(silence);
      signal?.removeEventListener('abort', abort);
      log.end(() => resolve(code));
    };
    for (const output of [child.stdout, child.stderr]) {
      let rest = '';
      output.on('data', (chunk) => {
        log.write(chunk);
        clearTimeout(silence);
        silence = setTimeout(giveUp, silenceMs);
        const lines = (rest + chunk).split(/\r?\n/);
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
    }
    child.on('error', (error) => {
      running.delete(child);
      log.write(`${error.message}\n`);
      finish(127);
    });
    child.on('close', (code) => finish(code));
  });
}

/** Ends all children; resolves when they are gone, or after 5 s when they are killed. */
async function endAll() {
  interrupted = true;
  for (const child of running) child.kill('SIGTERM');
  const deadline = Date.now() + 5_000;
  while (running.size > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const child of running) child.kill('SIGKILL');
}

/** A file opened for the output of a process that outlives setup. */
function openLog(file) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  return fs.openSync(file, 'a');
}

module.exports = { begin, capture, stream, endAll, openLog };
