'use strict';

const path = require('node:path');

/** Top of the repository. */
const ROOT = path.resolve(__dirname, '..');
/** Generated state of this clone (git-ignored). */
const STATE = path.join(ROOT, '.rollproof');
/** Logs, staged build contexts and the lock of setup. */
const SETUP = path.join(STATE, 'setup');

/** How a person would type the path: relative to the repository. */
const shown = (file) => path.relative(ROOT, file) || '.';

module.exports = { ROOT, STATE, SETUP, shown };
