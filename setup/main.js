'use strict';

const { ensureEngine } = require('./engine');
const { CannotRun, Interrupted } = require('./errors');
const { ensureImages } = require('./images');
const { ensureNodeModules } = require('./node-modules');
const { endAll } = require('./processes');
const { createProgress, seconds } = require('./progress');

const EXIT = { ok: 0, cannotRun: 2, interrupted: 130 };

async function main() {
  const startedAt = Date.now();
  const progress = createProgress();
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => {
      stopping = true;
      progress.stop();
      console.error('setup: interrupted; what was built so far is kept, the same command goes on from there');
      endAll().then(() => process.exit(EXIT.interrupted));
    });
  }
  try {
    await ensureNodeModules(progress);
    const engine = await ensureEngine(progress);
    const images = await ensureImages({ builder: engine.context, progress });
    progress.stop();
    console.error(
      `setup: ready in ${seconds(Date.now() - startedAt)}: Docker ${engine.engine}, Compose ${engine.compose}, ${images} images`,
    );
    return EXIT.ok;
  } catch (error) {
    progress.stop();
    await endAll();
    if (stopping || error instanceof Interrupted) return EXIT.interrupted;
    if (!(error instanceof CannotRun)) throw error;
    console.error(`setup: cannot run here: ${error.message}`);
    if (error.hint) console.error(error.hint.replace(/^/gm, '  '));
    return EXIT.cannotRun;
  }
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error('setup: an error of its own:', error);
    process.exit(EXIT.cannotRun);
  },
);
