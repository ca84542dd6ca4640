import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { newId } from '../../harness/core/ids';

/** What the kernel gives a container beside others that want as much. */
const SHARES_OF_ONE = 1_024;

/** Programs a core: one of them runs whenever the kernel looks. */
const PROGRAMS_A_CORE = 2;

/** A container whose programs keep every core busy, and come `priority` times before those of any other container. Idle at first. */
export class BusyMachine implements Disposable {
  readonly #name = newId('busy');
  #isThere = true;

  constructor(image: string, priority: number) {
    const programs = PROGRAMS_A_CORE * availableParallelism();
    const script = `for n in $(seq ${programs}); do while :; do :; done & done; wait`;
    const shares = String(SHARES_OF_ONE * priority);
    docker('create', '--init', '--name', this.#name, '--cpu-shares', shares, image, 'sh', '-c', script);
  }

  begin(): void {
    docker('start', this.#name);
  }

  [Symbol.dispose](): void {
    if (this.#isThere) docker('rm', '--force', this.#name);
    this.#isThere = false;
  }
}

function docker(...args: readonly string[]): void {
  execFileSync('docker', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
