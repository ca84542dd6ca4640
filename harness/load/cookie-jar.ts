import type { IncomingHttpHeaders } from 'node:http';

/** The cookies of one client of one service: by name, the last value given. All go to every path, until they are taken back. */
export class CookieJar {
  readonly #cookies = new Map<string, string>();

  take({ 'set-cookie': given = [] }: IncomingHttpHeaders): void {
    for (const line of given) {
      const [pair = '', ...attributes] = line.split(';');
      const equals = pair.indexOf('=');
      if (equals < 1) continue;
      const name = pair.slice(0, equals).trim();
      const isTakenBack = attributes.some((attribute) => /^\s*max-age\s*=\s*(0|-\d+)\s*$/i.test(attribute));
      if (isTakenBack) this.#cookies.delete(name);
      else this.#cookies.set(name, pair.slice(equals + 1).trim());
    }
  }

  /** The header that a client sends; none without a cookie. */
  headers(): Readonly<Record<string, string>> {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? {} : { cookie: pairs.join('; ') };
  }
}
