import { tcpBackend } from './tcp-ports.ts';
import { SERVERS_PER_SLOT } from '../compose/front-container.ts';
import {
  NO_ADDRESS,
  ROUTING_KEY,
  ROUTING_MAP,
  SLOTS,
  addressOf,
  mayBackUp,
  otherSlot,
  routingValue,
  serverMode,
  serverName,
  type FrontState,
  type Slot,
  type SlotMode,
} from './config.ts';

/** A server as HAProxy has it now, by `backend/server`. Backups are `ready` or `maint` on their own account. */
export interface RuntimeServer {
  readonly address: string;
  readonly mode: SlotMode;
}

/** What a running HAProxy can be asked for, and told, without a reload. */
export interface RuntimeState {
  readonly servers: Readonly<Record<string, RuntimeServer>>;
  /** Addresses of the servers that carry TCP, by `backend/server`; all else of them follows those of their slots. */
  readonly tcp: Readonly<Record<string, string>>;
  /** Epoch, weights and labels, as they stand in the map. */
  readonly routing: string;
}

/** How HAProxy stands once it has been told a state. */
export function runtimeOf(state: FrontState): RuntimeState {
  const servers: Record<string, RuntimeServer> = {};
  const tcp: Record<string, string> = {};
  for (const slot of SLOTS) {
    for (let position = 0; position < SERVERS_PER_SLOT; position++) {
      const address = addressOf(state, slot, position);
      const name = serverName(slot, position);
      servers[`${slot}/${name}`] = { address, mode: serverMode(state, slot, position) };
      servers[`${otherSlot(slot)}/${name}`] = { address, mode: mayBackUp(state, slot) ? 'ready' : 'maint' };
      if (state.tcpPorts !== undefined) tcp[`${tcpBackend(slot)}/${name}`] = address;
    }
  }
  return { servers, tcp, routing: routingValue(state) };
}

/**
 * The commands that lead from one to the other. What is taken out goes before the routing, what comes in after it: a request whose line
 * bears the new epoch was routed by the new weights, and could not be sent again to a server that they do not allow.
 */
export function commandsBetween(now: RuntimeState, wanted: RuntimeState, port: number): string[] {
  const routing = now.routing === wanted.routing ? [] : [`set map ${ROUTING_MAP} ${ROUTING_KEY} ${wanted.routing}`];
  const servers = (isReady: boolean) =>
    Object.entries(wanted.servers)
      .filter(([, { mode }]) => (mode === 'ready') === isReady)
      .flatMap(([name, server]) =>
        serverCommands(name, now.servers[name] ?? { address: NO_ADDRESS, mode: 'maint' }, server, port),
      );
  const tcp = Object.entries(wanted.tcp)
    .filter(([name, address]) => now.tcp[name] !== address)
    .map(([name, address]) => `set server ${name} addr ${address}`);
  return [...servers(false), ...tcp, ...routing, ...servers(true)];
}

/** As a line for HAProxy, which wants a command: one that changes nothing does for none. */
export function commandLine(commands: readonly string[]): string {
  return commands.length === 0 ? 'show version' : commands.join('; ');
}

/** What HAProxy found wrong with a line of commands, by its answer to them. */
export function complaintIn(commands: readonly string[], answer: string): string | undefined {
  return commands.length === 0 ? undefined : answer.split('\n').find((line) => !HARMLESS.test(line));
}

function serverCommands(name: string, now: RuntimeServer, wanted: RuntimeServer, port: number): string[] {
  const moved = now.address !== wanted.address;
  if (!moved && now.mode === wanted.mode) return [];
  const backup = !isOwn(name);
  const commands: string[] = [];
  // Nothing may reach an address that is about to change, nor one that was given up.
  if (moved && !backup && now.mode !== 'maint') commands.push(`set server ${name} state maint`);
  if (moved) commands.push(`set server ${name} addr ${wanted.address} port ${port}`);
  const mode = moved && !backup ? 'maint' : now.mode;
  if (mode === wanted.mode) return commands;
  commands.push(`set server ${name} state ${wanted.mode}`);
  // A server that leaves maintenance counts as up until a check says otherwise: make a check say yes first.
  if (mode === 'maint' && wanted.mode === 'ready' && !backup) commands.push(`set server ${name} health down`);
  return commands;
}

function isOwn(name: string): boolean {
  const [backend = '', server = ''] = name.split('/');
  return server.startsWith(backend);
}

/** Bits of `srv_admin_state`: forced, inherited and by address resolution; then forced drain. */
const MAINT_FORCED = 0x01;
const DRAIN_FORCED = 0x08;

/** Reads `show servers state`. */
export function parseServersState(lines: readonly string[]): Record<string, RuntimeServer> {
  const header = lines.find((line) => line.startsWith('# be_id'));
  const columns = header?.slice(2).split(' ') ?? [];
  const at = (row: readonly string[], column: string) => row[columns.indexOf(column)] ?? '';
  const servers: Record<string, RuntimeServer> = {};
  for (const line of lines) {
    if (!/^\d+ (?:blue|green) /.test(line)) continue;
    const row = line.split(' ');
    const admin = Number(at(row, 'srv_admin_state'));
    const mode = (admin & MAINT_FORCED) !== 0 ? 'maint' : (admin & DRAIN_FORCED) !== 0 ? 'drain' : 'ready';
    servers[`${at(row, 'be_name')}/${at(row, 'srv_name')}`] = { address: at(row, 'srv_addr'), mode };
  }
  return servers;
}

/** The addresses in `show servers state` of those that carry TCP. */
function parseTcpAddresses(lines: readonly string[]): Record<string, string> {
  const columns =
    lines
      .find((line) => line.startsWith('# be_id'))
      ?.slice(2)
      .split(' ') ?? [];
  const rows = lines.filter((line) => /^\d+ (?:blue|green)-tcp /.test(line)).map((line) => line.split(' '));
  const at = (row: readonly string[], column: string) => row[columns.indexOf(column)] ?? '';
  return Object.fromEntries(rows.map((row) => [`${at(row, 'be_name')}/${at(row, 'srv_name')}`, at(row, 'srv_addr')]));
}

/** What HAProxy is asked for its state, in the order of {@link parseRuntime}. */
export const RUNTIME_QUERIES = ['show servers state', `show map ${ROUTING_MAP}`] as const;

/** Reads the answers to {@link RUNTIME_QUERIES}. */
export function parseRuntime([servers = [], map = []]: readonly (readonly string[])[]): RuntimeState {
  return {
    servers: parseServersState(servers),
    tcp: parseTcpAddresses(servers),
    routing: parseMap(map)[ROUTING_KEY] ?? '',
  };
}

/** Answers that are no failure. HAProxy has no exit codes: what it prints is all there is. */
const HARMLESS = /^(?:$|IP changed|port changed|no need to change|nothing changed)/;

/** Reads `show map`: an internal reference, the key, the value. */
export function parseMap(lines: readonly string[]): Record<string, string> {
  const entries = lines.map((line) => line.trim().split(' ')).filter((words) => words.length === 3);
  return Object.fromEntries(entries.map(([, key = '', value = '']) => [key, value]));
}

/** A replica's place as the front sees it. */
export interface ServerStatus {
  readonly server: string;
  readonly address: string;
  /** `UP`, `DOWN`, `MAINT`, `DRAIN`, with HAProxy's detail such as `UP 1/2`. */
  readonly state: string;
  readonly up: boolean;
  /** Result of the last check, such as `L7OK`. */
  readonly check: string;
  /** The status that it was answered with, where it was answered by one. */
  readonly checkCode: number | undefined;
  /** HAProxy's words on it, such as `Connection refused`. */
  readonly checkDetail: string;
  /** Requests in it now, and connections by its other ports. */
  readonly sessions: number;
  /** Requests since the front's start. */
  readonly total: number;
  readonly connectionErrors: number;
  readonly responseErrors: number;
  readonly retries: number;
  readonly redispatches: number;
  readonly status5xx: number;
  /** Times it was taken out by checks or connection errors. */
  readonly downs: number;
}

/** Reads `show stat`: the servers of each slot that hold a replica, with what they served as the other slot's backups. */
export function parseStatus(lines: readonly string[]): Record<Slot, ServerStatus[]> {
  const columns =
    lines
      .find((line) => line.startsWith('# pxname'))
      ?.slice(2)
      .split(',') ?? [];
  const rows = lines
    .filter((line) => /^(?:blue|green),(?:blue|green)\d/.test(line))
    .map((line) => {
      const values = csvValues(line);
      return (column: string) => values[columns.indexOf(column)] ?? '';
    });
  /** Connections by way of the TCP ports: a replica that has one is not idle. */
  const tcpSessions = (slot: Slot, server: string) => {
    const line = lines.find((one) => one.startsWith(`${tcpBackend(slot)},${server},`));
    return line === undefined ? 0 : Number(csvValues(line)[columns.indexOf('scur')] ?? 0);
  };
  const ofSlot = (slot: Slot) =>
    rows
      .filter((row) => row('pxname') === slot && row('svname').startsWith(slot))
      .filter((row) => !row('addr').startsWith(`${NO_ADDRESS}:`))
      .map((row) =>
        toStatus(
          row,
          rows.filter((other) => other('svname') === row('svname')),
        ),
      )
      .map((server) => ({ ...server, sessions: server.sessions + tcpSessions(slot, server.server) }));
  return { blue: ofSlot('blue'), green: ofSlot('green') };
}

/** HAProxy quotes what may hold a comma. */
function csvValues(line: string): string[] {
  return [...line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );
}

type Row = (column: string) => string;

function toStatus(own: Row, both: readonly Row[]): ServerStatus {
  const sum = (column: string) => both.reduce((total, row) => total + Number(row(column)), 0);
  return {
    server: own('svname'),
    address: own('addr').replace(/:\d+$/, ''),
    state: own('status'),
    up: own('status').startsWith('UP'),
    // While a check is under way, its last result bears a star.
    check: own('check_status').replace(/^\* /, ''),
    checkCode: own('check_code') === '' ? undefined : Number(own('check_code')),
    checkDetail: own('last_chk'),
    sessions: sum('scur'),
    total: sum('stot'),
    connectionErrors: sum('econ'),
    responseErrors: sum('eresp'),
    retries: sum('wretr'),
    redispatches: sum('wredis'),
    status5xx: sum('hrsp_5xx'),
    downs: Number(own('chkdown')),
  };
}

/** Reads `show sess`, a line for each request under way: the ages of those that are a second old or more, in whole seconds, by slot. */
export function parseHanging(lines: readonly string[]): Record<Slot, number[]> {
  const ages = (slot: Slot) =>
    lines
      .filter((line) => / fe=(traffic|once) /.test(line) && line.includes(` be=${slot} `))
      .map((line) => secondsOf(/ age=(\S+) /.exec(line)?.[1] ?? ''))
      .filter((seconds) => seconds > 0);
  return { blue: ages('blue'), green: ages('green') };
}

/** HAProxy's `9s`, `1m5s`, `2h3m`, `1d4h`. */
function secondsOf(text: string): number {
  const units = { s: 1, m: 60, h: 3_600, d: 86_400 };
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units],
    0,
  );
}
