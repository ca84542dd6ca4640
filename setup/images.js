'use strict';

const path = require('node:path');
const { buildBase } = require('./base-image');
const { buildImage, contextFiles, stageContext } = require('./build');
const { CannotRun } = require('./errors');
const { contentHash } = require('./hash');
const { withLock } = require('./lock');
const { BASE, COMPONENTS, OWN } = require('./manifest');
const { stageNode } = require('./node-image');
const { lastLines } = require('./node-modules');
const { readRecorded, writeOutputs } = require('./outputs');
const { SETUP, shown } = require('./paths');
const { contentTag, findComponents, findOwn, ownContentTag, planSupply } = require('./plan');
const { capture, stream } = require('./processes');
const { isRegistryReachable, pullName } = require('./registry');
const { runJobs } = require('./schedule');

/** Jaeger's compiler takes all cores it gets; more than three builds side by side only make all of them slow. */
const PARALLEL = 3;

/** Tag → image id of everything the Engine has: one question for all components. */
async function presentImages() {
  const answer = await capture('docker', ['images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}']);
  if (answer.code !== 0) throw new CannotRun(`docker images failed: ${answer.stderr.trim()}`);
  return new Map(
    answer.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ')),
  );
}

const contextHashes = new Map();
/** Hash of a context; entries with the same stage share it. */
function hashContext(entry) {
  const key = entry.stage ?? entry.name;
  if (!contextHashes.has(key)) contextHashes.set(key, contentHash(contextFiles(entry)));
  return contextHashes.get(key);
}

const withHash = (entry, facts) => {
  const contextHash = hashContext(entry);
  return { ...entry, contextHash, hash: contentHash([], [contextHash, ...facts]) };
};

async function retag(found) {
  for (const { retag: tags } of found) if (tags) await capture('docker', ['tag', ...tags]);
}

/** Pulls an image. Says why it failed, or nothing: one that cannot be pulled is built instead. */
async function pull({ component, progress, signal }) {
  const logFile = path.join(SETUP, `${component.name}-pull.log`);
  const name = pullName(component.official);
  progress.start(component.name, `pulling ${name}`);
  const code = await stream('docker', ['pull', name], { logFile, signal });
  // Everything else knows it by its official name.
  if (code === 0 && name !== component.official) await capture('docker', ['tag', name, component.official]);
  const failure = code === 0 ? undefined : `pulling ${name} failed: ${lastLines(logFile, 1)} (log: ${shown(logFile)})`;
  progress.done(component.name, failure ? `${failure}; it is built instead` : `pulled ${name}`);
  return failure;
}

/** Builds what is missing from package mirrors. A failure tells `why` it was not pulled as well. */
async function buildMissing({ plan, why, builder, progress }) {
  progress.expect(plan.length);
  const jobs = plan.map((job) => ({
    ...job,
    run: (signal) =>
      job.action === 'base'
        ? buildBase({ tag: BASE, progress, signal })
        : mirrorBuild({ ...job, builder, progress, signal }),
  }));
  try {
    await runJobs(jobs, PARALLEL);
  } catch (error) {
    if (!(error instanceof CannotRun) || why.length === 0) throw error;
    throw new CannotRun(`${error.message}\n  built because ${why.join('\n  and ')}`, error.hint);
  }
}

async function mirrorBuild({ component, builder, progress, signal }) {
  const directory =
    component.staged === 'node' ? await stageNode(component, progress, signal) : stageContext(component);
  const tags = [component.mirror, contentTag(component)];
  await buildImage({ name: component.name, directory, tags, args: { BASE_IMAGE: BASE }, builder, progress, signal });
}

async function supplyComponents({ components, recorded, builder, progress }) {
  let present = await presentImages();
  let found = findComponents({ components, present, recorded });
  const pulled = new Set();
  const why = [];
  const missing = components.filter((_, index) => found[index].missing);
  if (missing.length > 0) {
    progress.line(`images missing: ${missing.map((component) => component.name).join(', ')}`);
    if (await isRegistryReachable(pullName(missing[0].official))) {
      const plan = planSupply({ found, components, present, registryReachable: true, base: BASE });
      progress.expect(plan.length);
      await runJobs(
        plan.map((job) => ({
          name: job.name,
          run: async (signal) => {
            const failure = await pull({ ...job, progress, signal });
            if (failure) why.push(failure);
            else pulled.add(job.name);
          },
        })),
        PARALLEL,
      );
      present = await presentImages();
      found = findComponents({ components, present, recorded });
    } else {
      why.push('no image registry is reachable');
      progress.line('no image registry is reachable: building from package mirrors');
    }
    const plan = planSupply({ found, components, present, registryReachable: false, base: BASE });
    await buildMissing({ plan, why, builder, progress });
    present = await presentImages();
    found = findComponents({ components, present, recorded });
  }
  await retag(found);
  return { present, found: found.map((entry) => (pulled.has(entry.name) ? { ...entry, source: 'registry' } : entry)) };
}

const baseOf = (entry, found) => found.find(({ name }) => name === entry.from);

/** Our own images that are to be built, as far as that is known before those below them are there. */
function expectedOwn(wanted, found, present) {
  const onMissing = wanted.filter((entry) => baseOf(entry, found).missing);
  const others = wanted.filter((entry) => !onMissing.includes(entry));
  return onMissing.length + surveyOwn(others, found, present).filter((entry) => entry.found.missing).length;
}

/** Our own images with their hashes (they include the id of the image below), and which of them are there. */
function surveyOwn(wanted, found, present) {
  return wanted.map((entry) => {
    const base = baseOf(entry, found);
    const args = Object.entries(entry.args ?? {}).map((pair) => pair.join('='));
    const own = withHash(entry, [...args, base.id]);
    return { own, base, found: findOwn({ own, present }) };
  });
}

async function buildOwn({ wanted, found, present, expected, builder, progress }) {
  const missing = surveyOwn(wanted, found, present).filter((entry) => entry.found.missing);
  progress.expect(missing.length - expected);
  await runJobs(
    missing.map(({ own, base }) => ({
      name: own.name,
      run: (signal) => {
        const args = { ...own.args, [own.baseArgument]: base.image };
        const tags = [ownContentTag(own), ...(own.tag ? [own.tag] : [])];
        const { name, platform } = own;
        return buildImage({ name, directory: stageContext(own), tags, args, platform, builder, progress, signal });
      },
    })),
    PARALLEL,
  );
  const result = surveyOwn(wanted, found, missing.length > 0 ? await presentImages() : present).map(
    (entry) => entry.found,
  );
  await retag(result);
  return result;
}

/** Entries of the manifest by name, and of third-party components those that the others stand on. */
function chosen(names) {
  const unknown = names.filter((name) => ![...COMPONENTS, ...OWN].some((entry) => entry.name === name));
  if (unknown.length > 0) {
    const there = COMPONENTS.map(({ name }) => name).join(', ');
    throw new CannotRun(`there is no image ${unknown.join(', ')}`, `There are: front, helper, ${there}.`);
  }
  const own = OWN.filter(({ name }) => names.includes(name));
  const components = COMPONENTS.filter(({ name }) => names.includes(name) || own.some(({ from }) => from === name));
  return { own, components };
}

const EVERY_NAME = [...COMPONENTS, ...OWN].map(({ name }) => name);

/** Makes images of the manifest present and writes what the stack and the harness read. Returns how many they are. */
async function ensureImages({ names = EVERY_NAME, builder, progress }) {
  const { own: wanted, components: below } = chosen(names);
  const components = below.map((component) => withHash(component, component.facts ?? []));
  const recorded = readRecorded();
  const present = await presentImages();
  const found = findComponents({ components, present, recorded });
  const expected = expectedOwn(wanted, found, present);
  const work = async () => {
    progress.expect(expected);
    const supply = await supplyComponents({ components, recorded, builder, progress });
    const own = await buildOwn({ ...supply, wanted, expected, builder, progress });
    writeOutputs({ components: supply.found, own });
    return supply.found.length + own.length;
  };
  const complete = found.every((entry) => !entry.missing) && expected === 0;
  return complete ? work() : withLock(progress, work);
}

module.exports = { ensureImages, presentImages, supplyComponents };
