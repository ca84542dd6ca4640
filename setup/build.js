'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { CannotRun } = require('./errors');
const { listFiles } = require('./hash');
const { hostArguments } = require('./host-arguments');
const { lastLines } = require('./node-modules');
const { ROOT, SETUP, shown } = require('./paths');
const { stream } = require('./processes');

/** Files of an entry's context, with their names inside it. */
function contextFiles(entry) {
  return entry.context.flatMap(({ from, to }) => {
    const source = path.join(ROOT, from);
    if (!fs.existsSync(source))
      throw new CannotRun(`${from} is missing: it is part of image ${entry.name}`, 'Restore it: git checkout -- .');
    return listFiles(source, to);
  });
}

/** Copies a context to a folder of its own: what is hashed is what is sent, nothing else. Stages are shared by name. */
function stageContext(entry) {
  const directory = path.join(SETUP, 'context', entry.stage ?? entry.name);
  const marker = `${directory}.hash`;
  if (fs.existsSync(marker) && fs.readFileSync(marker, 'utf8') === entry.contextHash) return directory;
  fs.rmSync(marker, { force: true });
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  for (const { name, file } of contextFiles(entry)) {
    const target = path.join(directory, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.copyFileSync(file, target);
  }
  fs.writeFileSync(marker, entry.contextHash);
  return directory;
}

/** The name of a step in a line of BuildKit's plain output, or undefined: `#9 [build 4/6] RUN …`. */
function stepOf(line) {
  const found = /^#\d+ (\[[^\]]*\d+\/\d+\] .*|exporting .*)$/.exec(line);
  return found?.[1].replace(/\s+/g, ' ').replace(/--mount=\S+ |if \[ -s \/run\/secrets\/ca \]; .*? fi; /g, '');
}

/**
 * Builds one image with BuildKit and gives it all its tags. A failure names the image, the step and the log.
 * @param {object} job `name`, `directory`, `tags`, `args`, `platform` (default: this machine's), `builder` (name of the Engine's own BuildKit)
 */
async function buildImage({ name, directory, tags, args = {}, platform, builder, progress, signal }) {
  const logFile = path.join(SETUP, `${name.replace(/[^\w.-]+/g, '-')}.log`);
  const command = ['buildx', 'build', '--builder', builder, '--progress', 'plain', '--load'];
  for (const tag of tags) command.push('--tag', tag);
  for (const [key, value] of Object.entries(args)) command.push('--build-arg', `${key}=${value}`);
  if (platform) command.push('--platform', platform);
  command.push(...hostArguments(), directory);
  let step = 'starting the build';
  const onLine = (line) => {
    const found = stepOf(line);
    if (!found) return;
    step = found;
    progress.step(name, found);
  };
  progress.start(name, 'building');
  const env = { DOCKER_BUILDKIT: '1', BUILDX_NO_DEFAULT_ATTESTATIONS: '1', DOCKER_CLI_HINTS: 'false' };
  const code = await stream('docker', command, { logFile, onLine, env, signal });
  if (signal?.aborted) return;
  if (code !== 0) {
    throw new CannotRun(
      `image ${name} failed at step: ${step.slice(0, 160)}\n  log: ${shown(logFile)}`,
      `${lastLines(logFile, 12)}\nRun the same command again: what was built is kept.`,
    );
  }
  progress.done(name, 'built');
}

module.exports = { buildImage, stageContext, contextFiles, stepOf };
