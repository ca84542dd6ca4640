import { HttpError } from './http-error';

/** What a path was found to be. `route` is the pattern: a label of bounded variety for metrics and logs. */
export interface Match<Handler> {
  readonly route: string;
  readonly handler: Handler;
  readonly params: Readonly<Record<string, string>>;
}

interface Entry<Handler> {
  readonly method: string;
  readonly route: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

/** Finds handlers by keys such as `GET /orders/:id`. */
export class Router<Handler> {
  readonly #entries: readonly Entry<Handler>[];

  constructor(routes: Readonly<Record<string, Handler>>) {
    this.#entries = Object.entries(routes).map(([key, handler]) => {
      const [method = '', route = ''] = key.split(' ');
      return { method, route, segments: route.split('/'), handler };
    });
  }

  /** Throws `HttpError` 404 for an unknown path, 405 for a known one with another method, 400 for broken escapes. */
  match(method: string, path: string): Match<Handler> {
    const segments = path.split('/');
    const fitting = this.#entries.filter((entry) => fits(entry.segments, segments));
    const found = fitting.find((entry) => entry.method === method);
    if (found !== undefined) return { route: found.route, handler: found.handler, params: paramsOf(found, segments) };
    if (fitting.length > 0) throw new HttpError(405, 'method-not-allowed', `${method} is not allowed here`);
    throw new HttpError(404, 'not-found', 'there is nothing at this path');
  }
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  return (
    pattern.length === path.length &&
    pattern.every((segment, index) => (segment.startsWith(':') ? path[index] !== '' : segment === path[index]))
  );
}

function paramsOf(entry: Entry<unknown>, path: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {};
  entry.segments.forEach((segment, index) => {
    if (segment.startsWith(':')) params[segment.slice(1)] = decode(path[index] ?? '');
  });
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (cause) {
    throw new HttpError(400, 'bad-path', 'the path holds a broken escape', { cause });
  }
}
