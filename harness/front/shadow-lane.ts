import { SHADOW_PORT } from '../compose/front-container';
import { deadline } from '../core/clock';
import { holdExec, type HeldExec } from '../docker/exec';
import type { CopiedRequest } from './copies';
import { copyText, parseAnswer, type CopyAnswer } from './copy-text';

/** A revision may take so long to answer a copy, s. */
const ANSWER_S = 10;

/** The engine's own time comes on top of that, ms. */
const LANE_TIMEOUT_MS = 2_000 + 1_000 * ANSWER_S;

/** Bytes of an answer; one that is longer is not compared. */
const ANSWER_MAX = 1_048_576;

/** One request a line in, one answer a line out, each in hexadecimal; an empty line where no answer came in time. No process is made for a copy. */
const PROGRAM = `
use strict; use warnings;
use Socket qw(PF_INET SOCK_STREAM inet_aton pack_sockaddr_in);
$| = 1;
while (my $line = <STDIN>) {
  chomp $line;
  my $answer = '';
  eval {
    local $SIG{ALRM} = sub { die "late\\n" };
    alarm ${ANSWER_S};
    socket(my $front, PF_INET, SOCK_STREAM, 0) or die "socket: $!\\n";
    connect($front, pack_sockaddr_in(${SHADOW_PORT}, inet_aton('127.0.0.1'))) or die "connect: $!\\n";
    syswrite $front, pack('H*', $line);
    while (length $answer < ${ANSWER_MAX} && sysread $front, my $part, 65536) { $answer .= $part }
    1;
  } or $answer = '';
  alarm 0;
  print unpack('H*', $answer), "\\n";
}
`;

/** A held way into a front's container, on which copies go to its entrance for them, one after the other. */
export class ShadowLane implements AsyncDisposable {
  #held: HeldExec | undefined;
  #answered: ((line: string | undefined) => void) | undefined;
  #isDead = false;

  private constructor(readonly service: string) {}

  static async open(containerId: string, service: string): Promise<ShadowLane> {
    const lane = new ShadowLane(service);
    lane.#held = await holdExec(containerId, ['perl', '-e', PROGRAM], {
      onLine: (line, stream) => {
        if (stream === 'stdout') lane.#answer(line);
      },
      onClose: () => lane.#die(),
    });
    return lane;
  }

  /** Then only another one helps. */
  get isDead(): boolean {
    return this.#isDead;
  }

  /** Sends a copy to a revision; `undefined` where no whole answer came in time. */
  async send(
    request: CopiedRequest,
    target: { readonly to: string; readonly id: string },
  ): Promise<CopyAnswer | undefined> {
    const text = Buffer.from(copyText(request, target), 'latin1').toString('hex');
    const line = await new Promise<string | undefined>((resolve) => {
      if (this.#isDead || this.#held === undefined) return resolve(undefined);
      const cancel = deadline(LANE_TIMEOUT_MS, () => this.#die());
      this.#answered = (said) => (cancel(), resolve(said));
      this.#held.write(`${text}\n`);
    });
    return line === undefined ? undefined : parseAnswer(Buffer.from(line, 'hex').toString('latin1'), request.method);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#die();
    await this.#held?.[Symbol.asyncDispose]();
  }

  #answer(line: string | undefined): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(line);
  }

  #die(): void {
    this.#isDead = true;
    this.#answer(undefined);
  }
}
