import { connect, type Socket } from 'node:net';
import type { Alarm } from './alarm.ts';
import { Chain } from './chain.ts';
import { FeltCount } from './felt.ts';
import type { Item, StageContext } from './kinds/kind.ts';
import type { Destination } from './protocol.ts';
import type { ActiveFault, Carried, Route } from './route.ts';

/** More than this held back on one connection stops the reading, as a full network buffer would. */
const HELD_BYTES_MAX = 4 * 1024 * 1024;

/** Dials the real callee for an accepted connection and carries bytes both ways, through the route's faults, until both sides are done. */
export function carry(client: Socket, destination: Destination, route: Route, alarm: Alarm): void {
  const connection = route.connections++;
  const felt = new FeltCount(route);
  const upstream = connect({ host: destination.address, port: destination.port, allowHalfOpen: true, noDelay: true });
  client.setNoDelay(true);
  let lastByteMs = alarm.now();

  const to = (socket: Socket, from: Socket, held: () => number) => (item: Item) => {
    if (item === 'end') socket.end();
    else if (!socket.write(item)) from.pause();
    else if (held() <= HELD_BYTES_MAX) from.resume();
  };
  const down: Chain = new Chain(to(client, upstream, () => down.heldBytes));
  const up: Chain = new Chain(to(upstream, client, () => up.heldBytes));

  const faultOn = (fault: ActiveFault) => {
    const { spec, facts } = fault;
    const { down: onAnswers, up: onRequests } = fault.kind;
    const context = (give: (item: Item) => void): StageContext => ({
      ...{ fault: spec, connection, alarm, facts, give },
      touch: () => felt.touch(fault),
      reset: () => close(true),
    });
    if (onAnswers !== undefined) down.add(fault, (give) => onAnswers(context(give)));
    if (onRequests !== undefined) up.add(fault, (give) => onRequests(context(give)));
  };
  const carried: Carried = {
    get lastByteMs() {
      return lastByteMs;
    },
    faultOn,
    faultOff: (fault) => {
      down.remove(fault);
      up.remove(fault);
    },
    end: () => {
      client.end();
      upstream.end();
    },
    destroy: () => close(true),
  };
  route.carried.add(carried);
  for (const fault of route.faults) faultOn(fault);

  const close = (abruptly: boolean) => {
    route.carried.delete(carried);
    down.clear();
    up.clear();
    for (const socket of [client, upstream]) {
      if (socket.destroyed) continue;
      if (abruptly) socket.resetAndDestroy();
      else socket.destroy();
    }
  };

  client.on('data', (data: Buffer) => {
    lastByteMs = alarm.now();
    route.bytesUp += data.length;
    felt.sent(data);
    up.push(data);
    if (up.heldBytes > HELD_BYTES_MAX) client.pause();
  });
  upstream.on('drain', () => {
    if (up.heldBytes <= HELD_BYTES_MAX) client.resume();
  });
  client.on('end', () => up.push('end'));

  upstream.on('data', (data: Buffer) => {
    lastByteMs = alarm.now();
    route.bytesDown += data.length;
    felt.answered();
    down.push(data);
    if (down.heldBytes > HELD_BYTES_MAX) upstream.pause();
  });
  client.on('drain', () => {
    if (down.heldBytes <= HELD_BYTES_MAX) upstream.resume();
  });
  upstream.on('end', () => down.push('end'));

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
