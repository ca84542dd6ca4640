import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HelperEvent, ProxyRequest, Reply } from './protocol.ts';
import { PROXY_UID } from './packet-rules.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The proxy, as its supervisor sees it: a process of another user, so that packet rules tell them apart. */
export class ProxyProcess {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(options: { readonly onEvent: (event: HelperEvent) => void; readonly onExit: () => void }) {
    this.#child = fork(fileURLToPath(new URL('./main.ts', import.meta.url)), ['proxy'], {
      uid: PROXY_UID,
      gid: PROXY_UID,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message: Reply | HelperEvent) => {
      if ('event' in message) return options.onEvent(message);
      const waiting = this.#waiting.get(message.n);
      this.#waiting.delete(message.n);
      if (message.error === undefined) waiting?.resolve(message.result);
      else waiting?.reject(new Error(message.error));
    });
    this.#child.once('exit', (code, signal) => {
      const error = new Error(`the proxy ended with ${signal ?? code}`);
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
      options.onExit();
    });
  }

  request(request: ProxyRequest): Promise<unknown> {
    const n = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(n, { resolve, reject });
      this.#child.send({ ...request, n }, (error) => {
        if (error === null) return;
        this.#waiting.delete(n);
        reject(error);
      });
    });
  }
}
