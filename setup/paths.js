'use strict';

const fs = require('node:fs');
const path = require('node:path');

/** Top of the package: of the repository, or of what npm installed. */
const ROOT = path.resolve(__dirname, '..');
/** Whether npm installed it: a lock file is never packed. */
const IS_INSTALLED = !fs.existsSync(path.join(ROOT, 'package-lock.json'));
/** The user's own folder. */
const HOME = IS_INSTALLED ? process.cwd() : ROOT;
/** Generated state (git-ignored). */
const STATE = path.join(HOME, '.rollproof');
/** Logs, staged build contexts and the lock of setup. */
const SETUP = path.join(STATE, 'setup');

/** How a person would type the path. */
const shown = (file) => path.relative(HOME, file) || '.';

/** How a person types the command `setup` or `doctor`. */
const typed = (command) => (IS_INSTALLED ? `npx rollproof ${command}` : `npm run ${command}`);

module.exports = { ROOT, STATE, SETUP, IS_INSTALLED, shown, typed };
