'use strict';

const { spawn } = require('node:child_process');

/** One short question for all images: a closed network must not cost a person minutes. */
const PROBE_LIMIT_MS = 4_000;

/** What a registry that was reached says, also about an image that it does not have or does not give. */
const ANSWERED =
  /Pulling from|manifest unknown|manifest for .* not found|repository does not exist|toomanyrequests|unauthorized|Already exists|Digest:/i;

/**
 * Does the Engine reach a registry? It is asked to pull one image that is needed anyhow, because it alone knows its
 * proxies and mirrors; the first answer ends the question, and the pull goes on later.
 */
function isRegistryReachable(reference, { limitMs = PROBE_LIMIT_MS, command = 'docker' } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, ['pull', reference], { stdio: ['ignore', 'pipe', 'pipe'] });
    let heard = '';
    const answer = (reachable) => {
      clearTimeout(timer);
      child.kill('SIGTERM');
      resolve(reachable);
    };
    const timer = setTimeout(() => answer(false), limitMs);
    const listen = (chunk) => {
      heard += chunk;
      if (ANSWERED.test(heard)) answer(true);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('error', () => answer(false));
    child.on('close', (code) => answer(code === 0 || ANSWERED.test(heard)));
  });
}

/**
 * Where an official image is pulled from: Docker Hub, or a company's mirror of it, whose address stands before the name, as
 * `ROLLPROOF_REGISTRY=registry.example.com:5000` says.
 */
function pullName(official, registry = process.env.ROLLPROOF_REGISTRY) {
  if (!registry) return official;
  return `${registry}/${official.includes('/') ? official : `library/${official}`}`;
}

module.exports = { isRegistryReachable, pullName };
