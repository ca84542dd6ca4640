import { contentHash } from './ids';

/** What a repository may consist of, by the reference grammar of registries: <https://github.com/distribution/reference>. */
const REPOSITORY_PART = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/;

/**
 * Our own tag of a revision's image. It keeps the image on this machine, whatever becomes of the user's tag, and is what the revision runs.
 * A service name that no repository may have gets its hash behind what can be kept of it.
 */
export function revisionImage(project: string, service: string, number: number): string {
  return `${projectRepository(project)}${repositoryName(service)}:r${number}`;
}

/** What all our own tags of a project begin with. */
export function projectRepository(project: string): string {
  return `rollproof/${repositoryName(project)}/`;
}

/** A name that a repository may have, from one that it may not: what can be kept of it, and its hash. */
export function repositoryName(name: string): string {
  if (REPOSITORY_PART.test(name)) return name;
  const kept = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return [kept, contentHash(name)].filter((part) => part !== '').join('-');
}
