import { join } from 'node:path';

/** The hooks of a release that comes with a migration: it is made before the release starts, and undone when that is taken back. */
export function migrating(number: number, { host, port }: { readonly host: string; readonly port: number }) {
  const command = (direction: 'up' | 'down') => ({
    command: [
      process.execPath,
      require.resolve('tsx/cli'),
      join(__dirname, 'migrate.ts'),
      direction,
      `${number}`,
      `${host}:${port}`,
    ],
  });
  return { beforeStart: [command('up')], afterRollback: [command('down')] };
}
