'use strict';

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

/** Left out of every staged context: installed, generated, or only for tests. */
const NEVER = /^(node_modules|dist|coverage|\.env|.*\.test\.ts|.*\.tsbuildinfo)$/;

/**
 * Files under a folder (or the file itself), sorted: `{name, file}` with `name` relative and with forward slashes.
 * @param {string} from folder or file
 * @param {string} to prefix of the names
 */
function listFiles(from, to = '') {
  if (fs.statSync(from).isFile()) return [{ name: to || path.basename(from), file: from }];
  const found = [];
  const walk = (directory, prefix) => {
    for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
      if (NEVER.test(entry.name)) continue;
      const file = path.join(directory, entry.name);
      const name = prefix ? `${prefix}/${entry.name}` : entry.name;
      if (entry.isDirectory()) walk(file, name);
      else if (entry.isFile()) found.push({ name, file });
    }
  };
  walk(from, to);
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Twelve hex digits over names, contents, executable bits and any further facts (build arguments, id of the base). */
function contentHash(files, facts = []) {
  const hash = createHash('sha256');
  for (const { name, file } of files) {
    const content = fs.readFileSync(file);
    const executable = (fs.statSync(file).mode & 0o100) !== 0;
    hash.update(`${name}\0${executable ? 'x' : '-'}\0${content.length}\0`).update(content);
  }
  for (const fact of facts) hash.update(`\0${fact}`);
  return hash.digest('hex').slice(0, 12);
}

module.exports = { listFiles, contentHash };
