import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where the package lies: this repository, or what npm installed. All that belongs to it is found from here, never from the working folder. */
export const PACKAGE_ROOT = folderWith('package.json', __dirname);

/** Whether npm installed it: a lock file is never packed. */
export const isInstalled = !existsSync(join(PACKAGE_ROOT, 'package-lock.json'));

function folderWith(file: string, folder: string): string {
  return existsSync(join(folder, file)) ? folder : folderWith(file, dirname(folder));
}
