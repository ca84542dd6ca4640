import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const HAND = resolve(__dirname, '..', 'images', 'front', 'bin', 'front-state');

/** Loaded before the hand: tells in `SEEN` of each file that is renamed, and of each that is brought to the disk. */
const SPY = `package Spy;
use IO::Handle;
sub seen { open my $seen, '>>', $ENV{SEEN}; print {$seen} "@_\\n" }
my $sync = \\&IO::Handle::sync;
no warnings 'redefine';
*IO::Handle::sync = sub { seen('disk', readlink('/proc/self/fd/' . fileno($_[0]))); $sync->(@_) };
*CORE::GLOBAL::rename = sub { seen('rename', $_[1]); CORE::rename($_[0], $_[1]) };
1;
`;

/** What the hand does to change the routing, in order. */
async function change() {
  const directory = mkdtempSync(join(tmpdir(), 'hand-'));
  const [state, seen, socket] = ['.', 'seen.log', 'r.sock'].map((name) => join(directory, name));
  writeFileSync(join(directory, 'Spy.pm'), SPY);
  const haproxy = createServer((connection) => {
    connection.once('data', () => {
      appendFileSync(seen ?? '', 'command\n');
      connection.end('done');
    });
  });
  await new Promise<void>((listening) => haproxy.listen(socket, listening));
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const request = `swap front.json - ${encoded('set map')} front.json ${encoded('{"a":1}')} routing.map ${encoded('now')}`;
  const env = {
    ...{ PATH: process.env['PATH'], FRONT_STATE: state, FRONT_SOCKET: socket, SEEN: seen },
    ...{ PERL5LIB: directory, PERL5OPT: '-MSpy' },
  };
  const { stdout } = await promisify(execFile)('perl', [HAND, request], { env });
  haproxy.close();
  const files = readdirSync(directory).filter((name) => /json|map/.test(name));
  const order = readFileSync(seen ?? '', 'utf8')
    .trim()
    .replaceAll(`${directory}/`, '')
    .replaceAll(directory, '.');
  const stored = readFileSync(join(directory, 'front.json'), 'utf8');
  rmSync(directory, { recursive: true });
  return { answer: stdout.trim(), order: order.split('\n'), files, stored };
}

/** The hand is the front image's own; where this machine has no Perl, the tests of a real front alone hold it. */
const itWithPerl = spawnSync('perl', ['-MIO::Handle', '-e', '1']).status === 0 ? it : it.skip;

itWithPerl('switches traffic without waiting for a disk, and says so once the disk has what it wrote', async () => {
  const { answer, order, files, stored } = await change();
  expect(answer).toBe(`data ${Buffer.from('done').toString('base64')}`);
  expect(order).toEqual([
    ...['rename front.json', 'rename routing.map', 'command'],
    ...['disk front.json', 'disk routing.map', 'disk .'],
  ]);
  expect(files.sort()).toEqual(['front.json', 'routing.map']);
  expect(stored).toBe('{"a":1}');
});
