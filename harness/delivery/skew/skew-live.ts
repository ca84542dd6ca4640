import { passesService, skewNames, skewPasses, type SkewSequence } from '../../contract/skew-config';
import type { LoadConfig } from '../../contract/config';
import { deadline, monotonicMs, sleep } from '../../core/clock';
import { entryOf } from '../../core/guards';
import { newId } from '../../core/ids';
import { poll } from '../../core/poll';
import { seededRandom } from '../../core/random';
import { PINS_ID, PIN_ID, REVISION_HEADER } from '../../front/config';
import type { Witness } from '../../front/witness';
import { CookieJar } from '../../load/cookie-jar';
import { judgeAnswer } from '../../load/judge-answer';
import { expectation, idOf } from '../../load/mix';
import { Sender, type Answer } from '../../load/sender';
import type { SkewPort } from '../ports';
import type { Revision } from '../revisions/revision';

/** So often what is not right is tried, and longer where the sequence gives it time. */
const TRIES = 3;
const BETWEEN_MS = 200;
/** How long the second request of a sequence is tried, unless the sequence says otherwise. */
const WITHIN_MS = 1_000;
const REQUEST_TIMEOUT_MS = 10_000;
const SEEN_MS = 5_000;
/** As the load's. */
const IDLE_TIMEOUT_MS = 10_000;

export interface LiveSkewOptions {
  readonly load: LoadConfig;
  readonly skew: Readonly<Record<string, SkewSequence>>;
  /** Where the service of the load is published. */
  readonly endpoint: () => Promise<{ readonly host: string; readonly port: number }>;
  readonly witness: (service: string) => Witness;
  /** How long a front may take to tell of a request, ms. Default 5 000: it takes milliseconds, and on a busy machine a second. */
  readonly seenMs?: number;
}

/** What came of one request; with its answer, when that was right. */
type Asked = Awaited<ReturnType<SkewPort['attempt']>> & { readonly body?: string };

/**
 * Sends the sequences to the stack as its users do: to the service that takes the load. Each request is pinned to a revision by its header and
 * by its id, which services pass on; that the fronts of the revisions' services saw it so is looked up in their logs.
 */
export function liveSkew(options: LiveSkewOptions): SkewPort {
  return {
    names: (service) => skewNames(options, service),
    passes: (name) => skewPasses(options, name),
    attempt: async (name, { write, read, beside }, signal) => {
      const also = beside === undefined ? [] : [beside];
      const sequence = entryOf(options.skew, name);
      if (sequence === undefined) throw new RangeError(`no sequence "${name}"`);
      const { host, port } = await options.endpoint();
      const client = {
        sender: new Sender(`http://${host}:${port}`, IDLE_TIMEOUT_MS),
        jar: new CookieJar(),
        ...options,
      };
      try {
        const written = await repeated({ forMs: 0, signal }, () => ask(client, sequence.write, [write, ...also], []));
        if (written.is !== 'right') return told(written);
        const id = idOf(written.body ?? '');
        const known = id === undefined ? [] : [id];
        const forMs = sequence.withinMs ?? WITHIN_MS;
        return told(await repeated({ forMs, signal }, () => ask(client, sequence.read, [read, ...also], known)));
      } finally {
        client.sender.close();
      }
    },
  };
}

function told({ body: _body, ...asked }: Asked): Awaited<ReturnType<SkewPort['attempt']>> {
  return asked;
}

/** Until it is right: at least a few times, and for as long as it is given. */
async function repeated(
  { forMs, signal }: { readonly forMs: number; readonly signal: AbortSignal },
  once: () => Promise<Asked>,
): Promise<Asked> {
  const startedMs = monotonicMs();
  for (let tries = 1; ; tries += 1) {
    const asked = await once();
    if (asked.is !== 'wrong' || (tries >= TRIES && monotonicMs() - startedMs >= forMs)) return asked;
    await sleep(BETWEEN_MS, signal);
  }
}

type Client = LiveSkewOptions & { readonly sender: Sender; readonly jar: CookieJar };

async function ask(
  client: Client,
  kind: string,
  pinned: readonly Revision[],
  acknowledged: readonly string[],
): Promise<Asked> {
  const { load, jar, sender } = client;
  const request = entryOf(load.requests, kind);
  if (request === undefined) throw new RangeError(`no kind of request "${kind}"`);
  const labels = pinned.map(({ label }) => label);
  const requestId = [labels.length === 1 ? PIN_ID : PINS_ID, ...labels, newId('skew')].join(':');
  const built = request.build({ random: seededRandom(requestId), requestId, acknowledged });
  const spec = { ...built, headers: { ...built.headers, ...jar.headers(), [REVISION_HEADER]: labels[0] ?? '' } };
  const unseen = new Set(pinned.filter(({ service }) => passesService(client, kind, service)));
  const off = [...unseen].map((revision) =>
    client.witness(revision.service).on('line', (line) => {
      if (line.id === requestId && line.pinned && line.routedRevision === revision.label) unseen.delete(revision);
    }),
  );
  try {
    const answer = await send(sender, spec, requestId);
    jar.take(answer.headers ?? {});
    const { outcome, error = 'no reason' } = judgeAnswer(answer, { ...request, spec, expects: expectation(request) });
    if (outcome !== 'ok') return { is: 'wrong', request: kind, reason: error };
    const condition = `the fronts of ${labels.join(' and ')} have told of ${requestId}`;
    const timeoutMs = client.seenMs ?? SEEN_MS;
    await poll(() => unseen.size === 0 || undefined, { condition, timeoutMs, intervalMs: 20 }).catch(() => undefined);
    const [first] = unseen;
    if (first === undefined) return { is: 'right', body: answer.body ?? '' };
    const reason = `did not reach the front of ${first.service} with the id that it was sent with`;
    return { is: 'unseen', request: kind, reason };
  } finally {
    off.forEach((end) => end());
  }
}

function send(sender: Sender, spec: Parameters<Sender['send']>[0], requestId: string): Promise<Answer> {
  return new Promise((resolve) => {
    const sending = sender.send(spec, { requestId, keepBody: true }, (answer) => {
      end();
      resolve(answer);
    });
    const end = deadline(REQUEST_TIMEOUT_MS, () => sending.cancel('timeout'));
  });
}
