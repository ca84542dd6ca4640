import { posix } from 'node:path';

/** Whether a path is a folder, or lies in it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** A path of a resolved model as the machine knows it: compose writes a dollar sign `$$`. */
export function plainPath(source: string): string {
  const plain = posix.normalize(source.replaceAll('$$', '$'));
  return plain.length > 1 && plain.endsWith('/') ? plain.slice(0, -1) : plain;
}

export function composePath(path: string): string {
  return path.replaceAll('$', '$$$$');
}
