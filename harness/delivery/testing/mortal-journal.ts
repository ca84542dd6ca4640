import type { FileJournal, Journal } from '../../contract/journal';
import type { Observation } from '../../contract/observation';
import { Death } from './fake-process';

/** Kills a fake process before or after the n-th thing that it puts on the disk: a line of its journal, or what else is written through it. */
export class MortalJournal implements Journal {
  /** Whom it kills. */
  process: { dead: boolean } | undefined;
  written = 0;

  constructor(
    readonly file: FileJournal,
    readonly dieAt: number,
    readonly when: 'before' | 'after',
  ) {}

  /** Without waiting for a disk: there are hundreds of deaths. */
  append(observation: Observation, options?: { readonly durable?: boolean }): void {
    this.around(() => this.file.append(observation, options?.durable === true ? {} : options));
  }

  around(write: () => void): void {
    if (this.process?.dead === true) throw new Death('killed');
    this.written += 1;
    const isLast = this.written === this.dieAt;
    if (!isLast || this.when === 'after') write();
    if (!isLast) return;
    if (this.process !== undefined) this.process.dead = true;
    throw new Death('killed');
  }
}
