import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename } from 'node:path';

export default function tearDown(): void {
  const folder = tmpdir();
  // Never the machine's own.
  if (basename(folder).startsWith('rollproof-tests-')) rmSync(folder, { recursive: true, force: true });
}
