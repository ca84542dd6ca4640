'use strict';

/**
 * The whole decision of what has to be done, as a pure function.
 * @param {object} input
 * @param {Array} input.components third-party components of the manifest, each with its content `hash`
 * @param {Map<string,string>} input.present tag → image id, of the Engine
 * @param {Record<string,{id:string, source:string}>} input.recorded last images.json
 * @returns per component `{name, image, id, source}` when present, else `{name, missing: true}`
 */
function findComponents({ components, present, recorded }) {
  return components.map((component) => {
    const before = recorded[component.name];
    if (present.has(component.official)) {
      const id = present.get(component.official);
      const pulled = before?.id === id && before.source === 'registry';
      return { name: component.name, image: component.official, id, source: pulled ? 'registry' : 'present' };
    }
    // The tag alone may be older than its recipe: the tag by content says that it is not.
    const built = present.get(contentTag(component));
    if (built) {
      const retag = present.get(component.mirror) === built ? undefined : [contentTag(component), component.mirror];
      return {
        name: component.name,
        image: component.mirror,
        id: built,
        source: 'mirror-build',
        ...(retag && { retag }),
      };
    }
    return { name: component.name, missing: true };
  });
}

/** Tag that carries the content of a mirror build: rollproof/jaeger:2.13.0-0123456789ab. */
const contentTag = (component) => `${component.mirror}-${component.hash}`;

/** The same for an image of our own, whose hash includes the id of the image it stands on. */
function findOwn({ own, present }) {
  const contentName = ownContentTag(own);
  const id = present.get(contentName);
  const image = own.tag ?? contentName;
  if (!id) return { name: own.name, missing: true, image };
  const retag = present.get(image) === id ? undefined : [contentName, image];
  return { name: own.name, image, id, source: 'built', ...(retag && { retag }) };
}

const ownContentTag = (own) => (own.tag ? `${own.tag}-${own.hash}` : `${own.repository}:${own.hash}`);

/**
 * What to do for the components that are missing, in order of the manifest: pull them all, or build them all (and the
 * base first, when it is not there).
 */
function planSupply({ found, components, present, registryReachable, base }) {
  const missing = components.filter((_, index) => found[index].missing);
  if (missing.length === 0) return [];
  if (registryReachable) return missing.map((component) => ({ action: 'pull', name: component.name, component }));
  const builds = missing.map((component) => ({ action: 'build', name: component.name, component, needs: ['base'] }));
  return present.has(base)
    ? builds.map((job) => ({ ...job, needs: [] }))
    : [{ action: 'base', name: 'base', needs: [] }, ...builds];
}

module.exports = { findComponents, findOwn, planSupply, contentTag, ownContentTag };
