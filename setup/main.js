'use strict';

const { ensureEngine } = require('./engine');
const { CannotRun, Interrupted } = require('./errors');
const { ensureImages } = require('./images');
const { FOR_EVERY_STACK } = require('./manifest');
const { ensureNodeModules } = require('./node-modules');
const { IS_INSTALLED } = require('./paths');
const { endAll } = require('./processes');
const { createProgress, seconds } = require('./progress');

const EXIT = { ok: 0, cannotRun: 2, interrupted: 130 };

/** `setup [--quiet] [IMAGE…]`. Images by their names in the manifest; by default what there is a need for: here all, elsewhere what every stack needs. */
async function main(words) {
  const startedAt = Date.now();
  const progress = createProgress();
  const isQuiet = words.includes('--quiet');
  const asked = words.filter((word) => word !== '--quiet');
  const names = asked.length > 0 ? asked : IS_INSTALLED ? FOR_EVERY_STACK : undefined;
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
    if (!IS_INSTALLED) await ensureNodeModules(progress);
    const engine = await ensureEngine(progress);
    const images = await ensureImages({ names, builder: engine.context, progress });
    progress.stop();
    if (isQuiet) return EXIT.ok;
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

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error('setup: an error of its own:', error);
    process.exit(EXIT.cannotRun);
  },
);
