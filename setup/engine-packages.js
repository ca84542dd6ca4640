'use strict';

/** Packages of an Engine with all it needs, and of what builds a base image without a registry. */
const PACKAGES = {
  ubuntu: ['docker.io', 'docker-compose-v2', 'docker-buildx', 'debootstrap', 'debian-archive-keyring'],
  debian: ['docker.io', 'docker-cli', 'docker-compose', 'docker-buildx', 'debootstrap'],
};

module.exports = { PACKAGES };
