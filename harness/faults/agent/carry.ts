import { connect, type Socket } from 'node:net';
import type { Alarm } from './alarm.ts';
import { chunkDelayMs } from './decision.ts';
import { DelayLine } from './delay-line.ts';
import type { Destination } from './protocol.ts';
import type { Carried, Route } from './route.ts';

/** More than this held back on one connection stops the reading, as a full network buffer would. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;

/** Dials the real callee for an accepted connection and carries bytes both ways until both sides are done. */
export function carry(client: Socket, destination: Destination, route: Route, alarm: Alarm): void {
  const connection = route.connections++;
  const upstream = connect({
    host: destination.address,
    port: destination.port,
    allowHalfOpen: true,
    noDelay: true,
  });
  client.setNoDelay(true);
  let lastByteMs = alarm.now();
  let chunk = 0;

  const down = new DelayLine<Buffer | 'end'>(alarm, (item, lateMs) => {
    if (item === 'end') {
      client.end();
      return;
    }
    route.lateMsMax = Math.max(route.lateMsMax, lateMs);
    if (!client.write(item)) upstream.pause();
    else if (down.bytes <= HELD_BYTES_MAX) upstream.resume();
  });
  const carried: Carried = {
    get lastByteMs() {
      return lastByteMs;
    },
    flush: () => down.flush(),
    end: () => {
      client.end();
      upstream.end();
    },
    destroy: () => close(true),
  };
  route.carried.add(carried);

  const close = (abruptly: boolean) => {
    route.carried.delete(carried);
    down.clear();
    for (const socket of [client, upstream]) {
      if (socket.destroyed) continue;
      if (abruptly) socket.resetAndDestroy();
      else socket.destroy();
    }
  };

  client.on('data', (data: Buffer) => {
    lastByteMs = alarm.now();
    route.bytesUp += data.length;
    if (!upstream.write(data)) client.pause();
  });
  upstream.on('drain', () => client.resume());
  client.on('end', () => upstream.end());

  upstream.on('data', (data: Buffer) => {
    lastByteMs = alarm.now();
    route.bytesDown += data.length;
    const delayMs = route.latency === undefined ? 0 : chunkDelayMs(route.latency, connection, chunk++);
    if (delayMs > 0 || !down.isEmpty) {
      route.delayedChunks++;
      route.delayedMs += delayMs;
      down.push(data, data.length, delayMs);
      if (down.bytes > HELD_BYTES_MAX) upstream.pause();
    } else if (!client.write(data)) upstream.pause();
  });
  client.on('drain', () => {
    if (down.bytes <= HELD_BYTES_MAX) upstream.resume();
  });
  upstream.on('end', () => {
    if (down.isEmpty) client.end();
    else down.push('end', 0, 0);
  });

  upstream.once('connect', () => client.resume());
  upstream.once('error', () => {
    if (upstream.connecting || upstream.bytesRead + upstream.bytesWritten === 0) route.dialFailures++;
    close(true);
  });
  client.once('error', () => close(true));
  const closeBoth = () => {
    if (client.destroyed && upstream.destroyed) close(false);
  };
  client.once('close', () => {
    // The caller has gone: what it was still to get is of no use.
    upstream.destroy();
    closeBoth();
  });
  upstream.once('close', closeBoth);
}
