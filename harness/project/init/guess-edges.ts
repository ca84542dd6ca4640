import type { ServiceFacts } from './facts';

/** A call from one service to another that faults may be put on. */
export interface EdgeGuess {
  readonly from: string;
  readonly to: string;
  /** Absent where nobody says it, and the callee listens on one port only. */
  readonly port?: number;
  /** What it rests on. */
  readonly why: string;
}

interface Hint {
  readonly to: string;
  readonly port?: number;
  readonly why: string;
}

/** Who calls whom: by the connections that were seen, by what the environment names, and by `depends_on`. */
export function guessEdges(all: readonly ServiceFacts[]): EdgeGuess[] {
  return all.flatMap((caller) => {
    const others = all.filter(({ name, state }) => name !== caller.name && state === 'runs');
    return others.flatMap((callee) => {
      const hints = [...seenBy(caller), ...namedBy(caller, callee.name), ...awaitedBy(caller)].filter(
        ({ to }) => to === callee.name,
      );
      const [first] = hints;
      const { listens } = callee.seen;
      // Where nothing listens, nothing is called.
      if (first === undefined || listens.length === 0) return [];
      const named = hints.find(({ port }) => port !== undefined && listens.includes(port))?.port;
      const port = named ?? (listens.length === 1 ? listens[0] : undefined);
      const why = [...new Set(hints.map((hint) => hint.why))].join('; ');
      return [{ from: caller.name, to: callee.name, ...(port === undefined ? {} : { port }), why }];
    });
  });
}

function seenBy({ seen }: ServiceFacts): Hint[] {
  return seen.connections.map(({ to, port }) => ({ to, port, why: `a connection to port ${port} was seen` }));
}

/** `DATABASE_URL=postgres://user:secret@db:5432/app`, `REDIS_HOST=cache`, `BROKERS=kafka:9092`. Says which variable, and never its value. */
function namedBy({ environment }: ServiceFacts, callee: string): Hint[] {
  const escaped = callee.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const named = new RegExp(`(?:^|[/@,\\s])${escaped}(?::(\\d+))?(?=$|[/?,\\s])`);
  return Object.entries(environment).flatMap(([name, value]) => {
    const found = named.exec(value);
    if (found === null) return [];
    const port = found[1] === undefined ? {} : { port: Number(found[1]) };
    return [{ to: callee, ...port, why: `${name} names it` }];
  });
}

function awaitedBy({ dependsOn }: ServiceFacts): Hint[] {
  return dependsOn.map((to) => ({ to, why: 'depends_on' }));
}
