import { describe, expect, it } from '@jest/globals';
import { isHarnessError } from '../../core/errors';
import type { Look, WantedMount } from './record';
import { checkMounts } from './refusals';
import { look, recordOf, want } from './testing/records';

/** What is said of a mount; `undefined` where it is taken. */
function said(mount: WantedMount, more: Partial<Look> = {}): string | undefined {
  try {
    checkMounts(recordOf([mount], [look(mount.source, more)]));
    return undefined;
  } catch (error) {
    if (!isHarnessError(error)) throw error;
    return `${error.message} → ${error.hint}`;
  }
}

const SOCKET = '/var/run/docker.sock';

describe('mounts that are refused', () => {
  it('are sockets, read-only or not, with the line that lets one through', () => {
    for (const mode of ['', ':ro']) {
      const words = said(want(`proxy: ${SOCKET}${mode}`), { kind: 'socket' });
      expect(words).toContain(`service proxy is not supported: it mounts ${SOCKET}: whoever reaches a socket`);
      expect(words).toContain(`\`allow: ['proxy:${SOCKET}']\``);
      expect(words).not.toContain(':ro');
    }
    expect(said(want(`proxy: ${SOCKET}`), { kind: 'unknown' })).toMatch(/whoever reaches a socket/);
    expect(said(want(`proxy: ${SOCKET}`, { isAllowed: true }), { kind: 'socket' })).toBeUndefined();
  });

  it('are sockets that are not there, let through or not: Docker would make folders of them', () => {
    expect(said(want('proxy: /run/podman.sock'), { kind: 'missing' })).toMatch(
      /by its name a socket, and there is none/,
    );
    expect(said(want('proxy: /run/podman.sock', { isAllowed: true }), { kind: 'missing' })).toMatch(/there is none/);
    expect(said(want('proxy: /run/data'), { kind: 'missing' })).toBeUndefined();
  });

  it('are folders that hide a socket', () => {
    const hidden = { sockets: ['/run/docker.sock'] };
    expect(said(want('exporter: /run:ro'), hidden)).toMatch(/the socket \/run\/docker.sock lies in it/);
    expect(said(want('exporter: /run:ro'), { live: ['/run/docker.sock'] })).toMatch(/allow: \['exporter:\/run'\]/);
    expect(said(want('exporter: /run:ro', { isAllowed: true }), hidden)).toBeUndefined();
  });

  it('are no folders whose socket is dead, where a layer is what is seen', () => {
    expect(said(want('db: /srv/mysql'), { sockets: ['/srv/mysql/old.sock'] })).toBeUndefined();
    expect(said(want('db: /srv/mysql'), { live: ['/srv/mysql/my.sock'] })).toMatch(/my.sock lies in it/);
  });

  it.each<[string, Partial<Look>, RegExp]>([
    ['/proc', { fs: 'proc' }, /the machine itself \(proc\)/],
    ['/sys/fs', { fs: 'sysfs' }, /the machine itself \(sysfs\)/],
    ['/dev', { fs: 'devtmpfs' }, /the machine itself \(devtmpfs\)/],
    ['/', { mounts: [{ at: '/proc', fs: 'proc' }] }, /\/proc is proc/],
    ['/var/lib', {}, /the data of the Docker Engine/],
    ['/dev/ttyUSB0', { kind: 'device', fs: 'devtmpfs' }, /a device, writable/],
  ])('are writable %s, which may be read', (source, more, message) => {
    expect(said(want('web: x', { source }), more)).toMatch(message);
    expect(said(want('web: x', { source, readOnly: true }), more)).toBeUndefined();
  });

  it('are what does not exist and is not to be made', () => {
    const mount = want('web: /srv/none:ro', { mayBeMade: false });
    expect(said(mount, { kind: 'missing' })).toMatch(
      /does not exist, and Compose makes none \(`create_host_path: false`/,
    );
    expect(said(mount)).toBeUndefined();
  });

  it('are those that share mounts with the machine', () => {
    expect(said(want('web: /mnt', { propagation: 'rshared' }))).toMatch(/propagation: rshared/);
    expect(said(want('web: /mnt', { propagation: 'rprivate' }))).toBeUndefined();
    expect(said(want('web: /mnt:ro', { propagation: 'rslave' }))).toBeUndefined();
  });
});
