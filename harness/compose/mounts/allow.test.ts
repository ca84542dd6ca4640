import { expect, it } from '@jest/globals';
import { allowedMounts, checkAllowed } from './allow';
import type { Mounting } from './wanted';

const SOCKET = '/var/run/docker.sock';
const PROXY: Mounting[] = [{ name: 'proxy', service: { volumes: [{ type: 'bind', source: SOCKET }] }, volumes: {} }];
const PLACE = { directory: '/srv/acme', path: '/srv/acme/rollproof.config.ts' };

it('reads a service and a source, beginning at the configuration', () => {
  expect(allowedMounts([`proxy:${SOCKET}`, 'web:./run', 'web:C:/x'], '/srv/acme')).toEqual([
    { service: 'proxy', source: SOCKET },
    { service: 'web', source: '/srv/acme/run' },
    { service: 'web', source: '/srv/acme/C:/x' },
  ]);
});

it('refuses an entry that names nothing, with what was most likely meant', () => {
  expect(() => checkAllowed([`proxy:${SOCKET}`], PROXY, PLACE)).not.toThrow();
  expect(() => checkAllowed(['proxy:/var/run/dokcer.sock'], PROXY, PLACE)).toThrow(
    /allow names proxy:\/var\/run\/dokcer.sock, and no service mounts that; did you mean `proxy:\/var\/run\/docker.sock`/,
  );
});
