'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { IS_INSTALLED, ROOT, STATE } = require('./paths');

/** What the harness reads: `{component: {image, id, source}}`. */
const IMAGES_FILE = path.join(STATE, 'images.json');
/** What plain `docker compose -f stack/compose.yaml up` reads. */
const ENV_FILE = path.join(ROOT, 'stack/.env');

const ENV_NAMES = {
  postgres: 'IMAGE_POSTGRES',
  prometheus: 'IMAGE_PROMETHEUS',
  alertmanager: 'IMAGE_ALERTMANAGER',
  jaeger: 'IMAGE_JAEGER',
  node: 'IMAGE_NODE',
};

function readRecorded(file = IMAGES_FILE) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return {}; // never written, or damaged: it is written anew
  }
}

/** Written by rename and only when it changes: others may be reading it. */
function writeIfChanged(file, content) {
  if (fs.existsSync(file) && fs.readFileSync(file, 'utf8') === content) return false;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.tmp`, content);
  fs.renameSync(`${file}.tmp`, file);
  return true;
}

function writeOutputs({ components, own }) {
  const entries = [...components, ...own].map(({ name, image, id, source }) => [name, { image, id, source }]);
  // What was supplied for another command is still there.
  const all = { ...(IS_INSTALLED && readRecorded()), ...Object.fromEntries(entries) };
  writeIfChanged(IMAGES_FILE, `${JSON.stringify(all, null, 2)}\n`);
  if (IS_INSTALLED) return;
  const lines = components
    .filter(({ name }) => ENV_NAMES[name])
    .map(({ name, image }) => `${ENV_NAMES[name]}=${image}`);
  writeIfChanged(ENV_FILE, `# Written by setup: images that are present on this machine.\n${lines.join('\n')}\n`);
}

module.exports = { readRecorded, writeOutputs };
