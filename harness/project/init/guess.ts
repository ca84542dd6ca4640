import type { DescribedRequest } from './described-requests';
import type { ServiceFacts } from './facts';
import { guessEdges, type EdgeGuess } from './guess-edges';
import type { SeenAnswer } from '../../faults/agent/survey';
import { HOME_PATH, NO_SUCH_PATH } from './readiness-paths';

/** A service that can have revisions behind a front. */
export interface ManagedGuess {
  readonly service: string;
  readonly port: number;
  readonly readiness: string;
  /** What it rests on. */
  readonly why: string;
}

/** A service that stays as it is. */
export interface LeftGuess {
  readonly service: string;
  readonly why: string;
}

export interface RequestGuess {
  readonly path: string;
  readonly weight: number;
  /** What it rests on. */
  readonly why: string;
}

export interface LoadGuess {
  readonly service: string;
  readonly port: number;
  /** Answered with 2xx, each. */
  readonly requests: readonly RequestGuess[];
  /** No compose file publishes the port: one of ours has to. */
  readonly isUnpublished: boolean;
  readonly why: string;
}

export interface Guesses {
  readonly managed: readonly ManagedGuess[];
  readonly left: readonly LeftGuess[];
  readonly edges: readonly EdgeGuess[];
  /** Absent where nothing answers HTTP. */
  readonly load?: LoadGuess;
}

/** Images that are configured rather than written: a team releases what stands beside them. By the last part of their names. */
const INFRASTRUCTURE =
  /^(?:adminer|alertmanager|cadvisor|consul|elasticsearch|envoy|etcd|fluentd?|grafana|haproxy|influxdb|jaeger|all-in-one|kafka(?:-ui)?|kibana|keycloak|localstack|logstash|loki|mailhog|mailpit|mariadb|memcached|minio|mongo(?:-express)?|mysql|nats|node-exporter|opensearch|otel\S*|opentelemetry-collector\S*|pgadmin4?|phpmyadmin|postgres(?:ql)?|prometheus|promtail|pushgateway|rabbitmq|redis|registry|tempo|traefik|vault|victoria-\S+|zipkin|zookeeper)$/;

/** What a configuration can be begun with: which services are released, how they say that they are ready, who calls whom, what is asked. */
export function guess(all: readonly ServiceFacts[], described: readonly DescribedRequest[] = []): Guesses {
  const looked = all.map((facts) => ({ facts, ...managedOrNot(facts) }));
  const managed = looked.flatMap(({ managed: own }) => own ?? []);
  // Where nothing is plainly the team's own, what answers HTTP is better than nothing.
  const chosen = managed.length > 0 ? managed : looked.flatMap(({ otherwise }) => otherwise ?? []);
  const isChosen = (name: string) => chosen.some(({ service }) => service === name);
  const edges = guessEdges(all);
  const load = guessLoad(chosen, { all, edges, described });
  return {
    managed: chosen,
    left: looked.flatMap(({ facts: { name }, why }) => (isChosen(name) ? [] : [{ service: name, why }])),
    edges,
    ...(load === undefined ? {} : { load }),
  };
}

interface Looked {
  readonly managed?: ManagedGuess;
  /** What it would be, were there nothing better. */
  readonly otherwise?: ManagedGuess;
  /** Why it is left as it is. */
  readonly why: string;
}

function managedOrNot(facts: ServiceFacts): Looked {
  const { name, state, seen, image, isBuilt, writes } = facts;
  if (state === 'done') return { why: 'it is a job: it did its work and ended with 0' };
  if (state === 'failed') return { why: 'it did not run while it was looked at' };
  if (seen.listens.length === 0) {
    return { why: 'it listens on no port: if it takes work from a queue, it can be a worker' };
  }
  const answer = answerOf(facts);
  if (answer === undefined) {
    return { why: `it listens on ${seen.listens.join(', ')} and answered no GET with 2xx there` };
  }
  const { port, path, status, isEverything } = answer;
  const everything = isEverything ? ', as to every path' : '';
  const guessed = {
    ...{ service: name, port, readiness: path },
    why: `it answered ${status} to GET ${path} on port ${port}${everything}${isBuilt ? '; it is built from this project' : ''}`,
  };
  if (isBuilt) return { managed: guessed, why: '' };
  if (INFRASTRUCTURE.test(baseName(image))) {
    return { otherwise: guessed, why: `its image, ${image}, is configured here and not written` };
  }
  if (writes.length > 0) {
    return {
      otherwise: guessed,
      why: `it keeps data in ${writes.join(', ')}: two revisions would write there at once`,
    };
  }
  return { managed: guessed, why: '' };
}

/** The best answer: of a published port before others, of the lowest port, and by a path that tells most. */
function answerOf({ seen, published }: ServiceFacts) {
  const good = seen.answers.filter(isGood);
  const [best] = good.toSorted(
    (a, b) =>
      Number(published.includes(b.port)) - Number(published.includes(a.port)) ||
      a.port - b.port ||
      Number(a.path === HOME_PATH) - Number(b.path === HOME_PATH),
  );
  if (best === undefined) return undefined;
  const isEverything = best.path === NO_SUCH_PATH;
  return { ...best, path: isEverything ? HOME_PATH : best.path, isEverything };
}

/** Where users come in: what is published and called by no other service first. */
function guessLoad(
  managed: readonly ManagedGuess[],
  {
    all,
    edges,
    described,
  }: {
    readonly all: readonly ServiceFacts[];
    readonly edges: readonly EdgeGuess[];
    readonly described: readonly DescribedRequest[];
  },
): LoadGuess | undefined {
  const isPublished = ({ service, port }: ManagedGuess) =>
    all.some(({ name, published }) => name === service && published.includes(port));
  const isCalled = ({ service }: ManagedGuess) => edges.some(({ to }) => to === service);
  const [first] = managed.toSorted(
    (a, b) => Number(isPublished(b)) - Number(isPublished(a)) || Number(isCalled(a)) - Number(isCalled(b)),
  );
  if (first === undefined) return undefined;
  const { service, port, readiness } = first;
  const seen = all.find(({ name }) => name === service)?.seen.answers ?? [];
  const answers = (path: string) => seen.some((one) => one.port === port && one.path === path && isGood(one));
  const known = described.filter(({ path }) => answers(path));
  const alone = { path: answers(HOME_PATH) ? HOME_PATH : readiness, weight: 1, why: 'it was answered with 2xx' };
  const told = known.map(({ path, weight, from }) => ({
    path,
    weight,
    why: `${from} has it; it was answered with 2xx`,
  }));
  const reasons = [
    isPublished(first)
      ? `port ${port} is published`
      : `no compose file publishes port ${port}: rollproof.compose.yaml does`,
    ...(isCalled(first) ? [] : ['no other service calls it']),
  ];
  return {
    ...{ service, port, requests: told.length > 0 ? told : [alone], isUnpublished: !isPublished(first) },
    why: reasons.join('; '),
  };
}

const isGood = ({ status }: SeenAnswer) => status >= 200 && status < 300;

/** `bitnami/redis:7` is `redis`. */
function baseName(image: string): string {
  return /([^/:@]+)(?::[^/]*)?(?:@.*)?$/.exec(image)?.[1] ?? image;
}
