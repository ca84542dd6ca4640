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

/** One request a line in, one answer a line out, each in base64. Our end stays open until the answer has come. */
const PROGRAM = `while read -r text; do
  printf '%s' "$text" | base64 -d | socat -t ${ANSWER_S} - TCP4:127.0.0.1:${SHADOW_PORT},connect-timeout=2,shut-none 2>/dev/null |
    head -c ${ANSWER_MAX} | base64 -w 0
  echo
done`;

/** A held way into a front's container, on which copies go to its entrance for them, one after the other. */
export class ShadowLane implements AsyncDisposable {
  #held: HeldExec | undefined;
  #answered: ((line: string | undefined) => void) | undefined;
  #isDead = false;

  private constructor(readonly service: string) {}

  static async open(containerId: string, service: string): Promise<ShadowLane> {
    const lane = new ShadowLane(service);
    lane.#held = await holdExec(containerId, ['sh', '-c', PROGRAM], {
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
    const text = Buffer.from(copyText(request, target), 'latin1').toString('base64');
    const line = await new Promise<string | undefined>((resolve) => {
      if (this.#isDead || this.#held === undefined) return resolve(undefined);
      const cancel = deadline(LANE_TIMEOUT_MS, () => this.#die());
      this.#answered = (said) => (cancel(), resolve(said));
      this.#held.write(`${text}\n`);
    });
    return line === undefined ? undefined : parseAnswer(Buffer.from(line, 'base64').toString('latin1'), request.method);
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
