'use strict';

const { checkCgroup, checkDisk, checkMemory, checkPorts, engineFacts } = require('./doctor-host');
const { checkKernel } = require('./doctor-kernel');
const { decideEngine, isAtLeast, probeEngine, readHost, NEEDED } = require('./engine');
const { presentImages } = require('./images');
const { COMPONENTS, FOR_EVERY_STACK } = require('./manifest');
const { readRecorded } = require('./outputs');
const { IS_INSTALLED, typed } = require('./paths');

const IMAGE = 'image ';

/** From this Engine on we have only what its documentation says. */
const UNTRIED_FROM = '29.0';

/** Each image with where it came from. One that setup never made, or that somebody removed, is a lack. */
function checkImages(recorded, present) {
  const ids = new Set(present.values());
  const names = [
    ...(IS_INSTALLED ? [] : COMPONENTS.map(({ name }) => name)),
    ...FOR_EVERY_STACK,
    ...Object.keys(recorded).filter((name) => name.startsWith('shop/')),
  ];
  return names.map((name) => {
    const entry = recorded[name];
    const id = `${IMAGE}${name}`;
    if (!entry)
      return { id, ok: false, essential: true, detail: 'not there', without: `everything: run \`${typed('setup')}\`` };
    if (!ids.has(entry.id)) {
      return {
        id,
        ok: false,
        essential: true,
        detail: `${entry.image} was removed`,
        without: `everything: run \`${typed('setup')}\``,
      };
    }
    return {
      id,
      ok: true,
      detail: `${entry.image} (${entry.source})`,
      image: entry.image,
      imageId: entry.id,
      source: entry.source,
    };
  });
}

/** Engine, Compose and buildx as checks; without them nothing else can be looked at. */
function checkEngine(probe, decision) {
  const entry = (id, version, needed) => {
    const ok = Boolean(version) && (!needed || isAtLeast(version, needed));
    const untried =
      id === 'engine' && isAtLeast(version, UNTRIED_FROM) ? '; untried: nothing newer than 28 was at hand' : '';
    const detail = version ? `${version}${needed ? ` (needed: ${needed} or newer${untried})` : ''}` : 'not there';
    return { id, ok, essential: true, detail, ...(!ok && { without: 'everything' }) };
  };
  const checks = [
    entry('engine', probe.engine, NEEDED.engine),
    entry('compose', probe.compose, NEEDED.compose),
    entry('buildx', probe.buildx),
  ];
  if (decision.action === 'stop')
    checks.push({
      id: 'docker',
      ok: false,
      essential: true,
      detail: decision.reason,
      without: 'everything',
      hint: decision.hint,
    });
  return checks;
}

async function diagnose() {
  const probe = await probeEngine();
  const decision = decideEngine(probe, { ...readHost(), noInstall: true });
  const checks = checkEngine(probe, decision);
  if (probe.engine) {
    const recorded = readRecorded();
    const [info, present] = await Promise.all([engineFacts(), presentImages()]);
    checks.push(...checkImages(recorded, present), checkCgroup(info), checkDisk(info.DockerRootDir));
    checks.push(...(await checkKernel([...present.values()].find((id) => id === recorded.helper?.id))));
  }
  checks.push(checkMemory());
  // They are those of the reference stack.
  if (!IS_INSTALLED) checks.push(await checkPorts());
  return checks;
}

/** One line for all images that lack: on a fresh clone each of them does. */
function groupImages(checks) {
  const images = checks.filter(({ id }) => id.startsWith(IMAGE));
  const lacking = images.filter(({ ok }) => !ok);
  if (lacking.length === 0) return checks;
  const names = lacking.map(({ id }) => id.slice(IMAGE.length)).join(', ');
  const group = {
    id: 'images',
    ok: false,
    essential: true,
    detail: `${lacking.length} of ${images.length} missing: ${names}; \`${typed('setup')}\` builds them`,
    without: 'everything',
  };
  const first = checks.indexOf(lacking[0]);
  return checks.flatMap((check, index) => (index === first ? [group] : lacking.includes(check) ? [] : [check]));
}

function print(checks) {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const indent = ' '.repeat(width + 8);
  for (const { id, ok, detail, without, hint } of checks) {
    console.log(`${ok === null ? '?   ' : ok ? 'ok  ' : 'LACK'}  ${id.padEnd(width)}  ${detail}`);
    if (without) console.log(`${indent}switches off: ${without}`);
    if (hint) console.log(hint.replace(/^/gm, indent));
  }
}

const isJson = process.argv.includes('--json');

/** With `--json` as the commands of rollproof tell what ended them. */
function told({ message, hint = '' }) {
  if (!isJson) return `doctor: ${message}`;
  const error = { code: 'unexpected-error', kind: 'internal', message, facts: {}, hint, exitCode: 2 };
  return JSON.stringify({ level: 50, time: Date.now(), error, msg: message });
}

const HELP = `Usage: ${typed('doctor')} ${IS_INSTALLED ? '[--json]' : '[-- --json]'}

Engine, images and where they came from, and what the kernel of this machine can do. Changes nothing.

Options:
  --json      for programs: {schema, able, checks} on standard output
  -h, --help  this

Exit codes:
  0    able to run; what lacks switches off what its line says
  2    cannot run here: says what is missing, and how to get it
`;

/** What the words of the command line ask for beside `--json`: an exit code where nothing is left to look at. */
function answered(words) {
  const unknown = words.find((word) => !['--json', '-h', '--help'].includes(word));
  if (unknown !== undefined) {
    console.error(`doctor: unknown argument '${unknown}'\n(see --help)`);
    return 2;
  }
  if (!words.includes('-h') && !words.includes('--help')) return undefined;
  process.stdout.write(HELP);
  return 0;
}

async function main() {
  const asked = answered(process.argv.slice(2));
  if (asked !== undefined) return asked;
  const checks = await diagnose();
  const able = checks.every(({ ok, essential }) => ok || !essential);
  if (isJson) console.log(JSON.stringify({ schema: 1, able, checks }));
  else print(groupImages(checks));
  return able ? 0 : 2;
}

if (require.main === module) {
  main().then(
    (code) => process.exit(code),
    (error) => {
      console.error(told(error));
      process.exit(2);
    },
  );
}

module.exports = { checkImages, checkEngine, groupImages };
