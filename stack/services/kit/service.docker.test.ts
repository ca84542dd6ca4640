import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';

// Needs no Engine, but takes seconds, which the unit tests do not have: its place is beside the container tests.

/** A process that runs for longer is killed, which ends every wait for it. Room for a busy machine. */
const DEADLINE_MS = 20_000;
jest.setTimeout(DEADLINE_MS + 5_000);

/** As in its image a service comes after telemetry; here both are compiled as they are loaded. */
const FLAGS = ['--require', require.resolve('tsx/cjs'), '--require', join(__dirname, 'telemetry.ts')];
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
/** Of a caller who keeps no spans of this trace: nothing is exported. */
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-00`;

type LogLine = Readonly<Record<string, unknown>>;

/** The main module of a service as a process of its own. */
class Main {
  /** What has been read of its log. */
  readonly lines: LogLine[] = [];
  stderr = '';
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown[]>;
  readonly #log: AsyncIterator<string>;

  constructor(service: string, environment: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [...FLAGS, join(__dirname, '..', service, 'main.ts')], {
      env: {
        ...process.env,
        SERVICE_NAME: service,
        ROLLPROOF_REVISION: 'r-7',
        SHOP_DEFECT: 'good',
        DRAIN_MS: '0',
        LOG_LEVEL: 'info',
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#log = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.#closed = once(child, 'close');
    this.#child = child;
  }

  /** The next log line that says `message`. Throws when the process ends without it. */
  async says(message: string): Promise<LogLine> {
    for (;;) {
      const line = await this.#read();
      if (line === undefined)
        throw new Error(`ended without "${message}": ${JSON.stringify(this.lines)} ${this.stderr}`);
      if (line['msg'] === message) return line;
    }
  }

  /** The exit code, or the signal that ended it; by then all of its log is in `lines`. */
  async ended(): Promise<unknown> {
    while ((await this.#read()) !== undefined);
    const [exitCode, signal] = await this.#closed;
    return exitCode ?? signal;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async #read(): Promise<LogLine | undefined> {
    const next = await this.#log.next();
    if (next.done === true) return undefined;
    const line = JSON.parse(next.value) as LogLine;
    this.lines.push(line);
    return line;
  }
}

describe('main', () => {
  let good: Main;
  let misconfigured: Main;

  // Beside each other: loading takes most of their time.
  beforeAll(() => {
    good = new Main('bank', { PORT: '0' });
    misconfigured = new Main('bank', { PORT: 'eighty' });
  });

  afterAll(async () => {
    for (const main of [good, misconfigured]) main.kill('SIGKILL');
    await Promise.all([good.ended(), misconfigured.ended()]);
  });

  it('refuses a wrong environment with the name of the variable, the code for it and no stack', async () => {
    // EX_CONFIG of sysexits.h.
    expect(await misconfigured.ended()).toBe(78);
    expect(misconfigured.lines).toEqual([
      {
        time: expect.any(String),
        level: 'fatal',
        service: 'bank',
        revision: 'r-7',
        msg: expect.stringMatching(/^refusing to start, wrong environment: PORT: [^;]*$/),
      },
    ]);
    expect(misconfigured.stderr).not.toMatch(/^ +at /m);
  });

  it('listens, says of each request what it was, how it went and how long it took, and ends with 0 on SIGTERM', async () => {
    const { port } = await good.says('listening');
    const url = `http://127.0.0.1:${String(port)}`;
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    await fetch(`${url}/transfers/0b7e3a52-3f0f-4c58-9d3e-000000000001`, {
      method: 'DELETE',
      headers: { 'x-request-id': 'r-1', traceparent: TRACEPARENT },
    });
    expect(await good.says('request')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      service: 'bank',
      revision: 'r-7',
      requestId: 'r-1',
      traceId: TRACE_ID,
      msg: 'request',
      route: '/transfers/:id',
      method: 'DELETE',
      status: 204,
      durationMs: expect.any(Number),
    });
    good.kill('SIGTERM');
    expect(await good.ended()).toBe(0);
    // Health checks leave no line.
    expect(good.lines.map(({ msg }) => msg)).toEqual(['listening', 'request', 'draining', 'stopped']);
  });
});
