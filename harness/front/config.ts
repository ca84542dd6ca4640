import { tcpSections } from './tcp-ports.ts';
import type { StickyBy } from '../contract/service-config.ts';
import {
  METRICS_PORT,
  PROBE_PORT,
  RUNTIME_SOCKET,
  SERVERS_PER_SLOT,
  STATE_DIRECTORY,
} from '../compose/front-container.ts';
import { answersPage, countAnswers, showAnswers } from './answer-times.ts';
import { SAFE_METHODS, copyingRules, copyMap, copiesTable, shadowEntrance } from './copies.ts';

/** A front has two fixed slots; a revision's replicas are put into one. Backends cannot be added at run time, servers can be filled. */
export type Slot = 'blue' | 'green';
export const SLOTS = ['blue', 'green'] as const;

/** Pins a request: `blue`, `green`, or the label of a revision. Another service's labels are ignored, so it may be passed on. */
export const REVISION_HEADER = 'x-rollproof-revision';

/** Ids of requests that the harness itself sends to see who answers begin so. */
export const PROBE_ID = 'rollproof-probe';

/**
 * A request id that begins so pins its request as the header does, and before it: `rollproof-pin:orders-r2:…`. More services pass a request's
 * id on to those that they call than a header that they never heard of. Letters, digits, `-` and `:` are what services let pass.
 */
export const PIN_ID = 'rollproof-pin';

/** The same for two services: `rollproof-pins:orders-r2:inventory-r2:…`. */
export const PINS_ID = 'rollproof-pins';

/** Connections in a row that a server refuses before it is down: one that a busy machine refuses is no reason. */
const ERROR_LIMIT = 3;

/** Connections to a server that are kept for the next request. Those of a dead server each cost whoever picks them up an attempt. */
const IDLE_CONNECTIONS = 2;

/**
 * Attempts after the first. The most that a replica's death can cost a request: the connection it was on, those that were idle, and the
 * refused ones until the server is down; the last attempt is then on another server. More would only send a request that kills
 * replicas to more of them.
 */
const RETRIES = 1 + IDLE_CONNECTIONS + ERROR_LIMIT;

/** How long a replica may take to answer a check, s. */
export const CHECK_TIMEOUT_S = 5;

/** `ready`: checked, and in rotation by its weight. `drain`: finishes what it has. `maint`: neither checked nor used. */
export type SlotMode = 'ready' | 'drain' | 'maint';

export interface SlotState {
  /** The revision in it, such as `orders-r1`. */
  readonly label: string | undefined;
  /** Addresses by position; a position keeps its replica, so that the others are not disturbed when one goes. */
  readonly servers: readonly (string | undefined)[];
  readonly mode: SlotMode;
  /** Addresses of replicas that are to be stopped: while the slot is ready, they drain. Default: none. */
  readonly leaving?: readonly string[];
}

export interface FrontState {
  readonly service: string;
  /** Port of the front and of every replica. */
  readonly port: number;
  readonly readiness: string;
  /** Further ports of the service, which are carried as TCP. Default: none. */
  readonly tcpPorts?: readonly number[];
  /** By what users are known that stay on one side. Default: each request is drawn by itself. */
  readonly stickyBy?: StickyBy;
  readonly slots: Readonly<Record<Slot, SlotState>>;
  /** Percent of the requests that are not pinned. A slot of weight 0 gets none of them, not even when the other one is dead. */
  readonly weights: Readonly<Record<Slot, number>>;
  /** Changes of routing so far: of weights, labels and modes. HAProxy writes it into the line of every request that it routed so. */
  readonly epoch: number;
}

/** A front that nobody has told anything yet. */
export function emptyFront(service: string, port: number, readiness: string): FrontState {
  const empty: SlotState = { label: undefined, servers: [], mode: 'maint' };
  return { service, port, readiness, slots: { blue: empty, green: empty }, weights: { blue: 100, green: 0 }, epoch: 0 };
}

export function otherSlot(slot: Slot): Slot {
  return slot === 'blue' ? 'green' : 'blue';
}

/** The state itself, as it lies in the state directory. */
export const STATE_FILE = 'front.json';

/** Files of the state directory: the state itself, and last, so that whoever finds it finds all; the others are what HAProxy reads. */
export function stateFiles(state: FrontState): Record<string, string> {
  return {
    'routing.map': `${ROUTING_KEY} ${routingValue(state)}\n`,
    ...answersPage(),
    ...copyMap(),
    'haproxy.cfg': frontConfig(state),
    [STATE_FILE]: stateText(state),
  };
}

export function stateText(state: FrontState): string {
  return JSON.stringify(state);
}

/** All of the routing is one entry of one map: a request reads it once, so that none is routed by half of a change. */
export const ROUTING_KEY = 'now';
export const ROUTING_MAP = `${STATE_DIRECTORY}/routing.map`;

/** `epoch:weight of blue:weight of green:label of blue:label of green`. Compose allows no colon in a label. */
export function routingValue({ epoch, weights, slots }: FrontState): string {
  return [epoch, ...SLOTS.map((slot) => weights[slot]), ...SLOTS.map((slot) => slots[slot].label ?? '-')].join(':');
}

/** HAProxy's expression for a part of {@link routingValue}, from 1. */
function routed(part: number, source = 'var(txn.routing)'): string {
  return `${source},field(${part},:)`;
}

/** HAProxy's expression for the routing as it is now; before anybody has told it, all to blue. */
const ROUTING_NOW = `str(${ROUTING_KEY}),map_str(${ROUTING_MAP},0:100:0:-:-)`;

/** HAProxy's configuration for a state: a front that starts from it serves as the one before did. */
export function frontConfig(state: FrontState): string {
  return [
    globalSection(),
    defaultsSection(),
    trafficSection(state),
    ...SLOTS.map((slot) => slotSection(slot, state)),
    ...tcpSections(state, {
      ...{ slots: SLOTS, serverName, addressOf: (slot, position) => addressOf(state, slot, position) },
      weightRules: [`set-var(txn.routing) ${ROUTING_NOW}`, `set-var(txn.green_weight) ${routed(3)},add(0)`],
    }),
    shadowSection(),
    internalSections(),
  ].join('\n');
}

/** The server at a position of a slot (from 0). */
export function serverName(slot: Slot, position: number): string {
  return `${slot}${position + 1}`;
}

/** Whether a slot's servers may take over requests that were meant for the other slot. */
export function mayBackUp(state: FrontState, slot: Slot): boolean {
  return state.weights[slot] > 0;
}

/** A server that holds this has no replica. */
export const NO_ADDRESS = '0.0.0.0';

function globalSection(): string {
  return `global
  log stdout len 8192 format raw local0 info
  stats socket ${RUNTIME_SOCKET} mode 600 level admin
  stats timeout 1h
  nbthread 1
  maxconn 4096
  fd-hard-limit 16384
  hard-stop-after 5s
`;
}

/**
 * Idle times shrink towards the caller: service 75 s > our pool 30 s; our client side 30 s > the caller's agent 10 s.
 *
 * `abortonclose` is said although it is what HAProxy 3.0 does: from 3.3 on it is otherwise. A caller that closes its half of the connection
 * after asking, as without a front, gets its answer; and what a replica has begun it ends, whoever has left.
 */
function defaultsSection(): string {
  return `defaults
  mode http
  log global
  option dontlognull
  option redispatch 1
  no option abortonclose
  retries ${RETRIES}
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  timeout http-request 10s
  timeout http-keep-alive 30s
  timeout queue 5s
  timeout tunnel 1h
  timeout check ${CHECK_TIMEOUT_S}s
  http-reuse safe
${[502, 503, 504].map((status) => `  http-error status ${status} content-type application/json string '${errorBody(status)}'`).join('\n')}
`;
}

function errorBody(status: number): string {
  const reason = { 502: 'bad answer from the service', 503: 'no replica is ready', 504: 'the service did not answer' };
  return JSON.stringify({ error: reason[status as keyof typeof reason], status });
}

/** Every log field as a JSON member: `json` does the escaping and keeps numbers numbers. */
const LOG_FIELDS = [
  '%(startedAtUs)[request_date(us)]',
  '%(epoch:sint)[var(txn.epoch)]',
  '%(id)[var(txn.request_id)]',
  '%(blue)[var(txn.blue_label)]',
  '%(green)[var(txn.green_label)]',
  '%(routedSlot)[be_name]',
  '%(server)s',
  '%(pinned)[var(txn.pinned)]',
  '%(method)HM',
  '%(path)[var(txn.path)]',
  '%(status:sint)ST',
  '%(durationMs:sint)Ta',
  '%(queueMs:sint)Tw',
  '%(connectMs:sint)Tc',
  '%(responseMs:sint)Tr',
  '%(retries:sint)[txn.conn_retries]',
  '%(redispatched:bool)[txn.redispatched]',
  '%(termination)ts',
  '%(bytes:sint)B',
];

/**
 * Draws a request's place from 0 to 99: the new revision gets those below its share, or above what is left of stable's. A user who stays has
 * the same place every time; how many users there are at each is what chance makes it. xxh32 spreads names that are much alike evenly.
 */
function drawLines({ service, stickyBy = {} }: Pick<FrontState, 'service' | 'stickyBy'>): string {
  const { header, cookie } = stickyBy;
  const lines = ['http-request set-var(txn.draw) rand(100)'];
  if (cookie === true) {
    const name = `rollproof-${service}`;
    lines.push(
      `acl has_place req.cook(${name}) -m reg ^[0-9][0-9]?$`,
      `http-request set-var(txn.draw) req.cook(${name}),add(0) if has_place`,
      `http-request set-var(txn.place) var(txn.draw) unless has_place${header === undefined ? '' : ` || { req.fhdr(${header}) -m found }`}`,
      `http-after-response add-header Set-Cookie "${name}=%[var(txn.place)]; Path=/; HttpOnly; SameSite=Lax" if { var(txn.place) -m found }`,
    );
  }
  if (header !== undefined) {
    const named = `{ req.fhdr(${header}) -m found }`;
    lines.push(`http-request set-var(txn.draw) req.fhdr(${header}),xxh32,mod(100) if ${named}`);
  }
  return lines.map((line) => `  ${line}`).join('\n');
}

/** Where requests that must not be sent twice come in once more: a socket of the front's own. */
const ONCE = 'abns@once';

/**
 * When a replica ends a connection without an answer, HAProxy answers 502 and logs it; but where the request was not the first one of its caller's
 * connection, it closes that too, answers nothing and logs nothing, so that the caller sends it again
 * (https://github.com/haproxy/haproxy/issues/1109). What may be sent twice is sent to another replica before it comes to that. Anything else
 * comes in once more, by a connection of its own, on which it is the first. That costs 90 µs of HAProxy's time (measured, at 800 a second): too
 * much for what does not need it.
 */
function trafficSection(state: FrontState): string {
  return `frontend traffic
  bind :${state.port}
  acl repeatable method ${SAFE_METHODS.join(' ')}
  http-request set-var(txn.once) bool(true) unless repeatable
  http-request set-log-level silent unless repeatable
  http-request allow unless repeatable
  http-after-response allow if { var(txn.once) -m bool }
${routingRules(state)}
${copyingRules(PROBE_ID)}
  use_backend once unless repeatable
${CHOICE}

backend once
  timeout server 90s
  option http-server-close
  server once ${ONCE}

frontend once
  bind ${ONCE}
  http-request disable-l7-retry
${routingRules(state)}
${CHOICE}
`;
}

const CHOICE = `  use_backend green if pin_green
  use_backend blue if pin_blue
  use_backend green if { var(txn.draw),sub(txn.green_weight) lt 0 }
  default_backend blue`;

/** How a frontend tells of its requests, and draws, pins and counts them. */
function routingRules(state: FrontState): string {
  return `  log-format "%{+json}o ${LOG_FIELDS.join(' ')}"
${countAnswers()}
  http-request set-header x-request-id %[uuid()] unless { req.hdr(x-request-id) -m found }
  http-request set-var(txn.request_id) req.hdr(x-request-id)
  http-request set-var(txn.path) path
  http-request set-var(txn.pin) req.hdr(${REVISION_HEADER})
  http-request set-var(txn.pin) req.hdr(x-request-id),field(2,:) if { req.hdr(x-request-id) -m beg ${PIN_ID}: ${PINS_ID}: }
  http-request set-var(txn.other_pin) req.hdr(x-request-id),field(3,:) if { req.hdr(x-request-id) -m beg ${PINS_ID}: }
  http-request set-var(txn.routing) ${ROUTING_NOW}
  http-request set-var(txn.epoch) ${routed(1)},add(0)
  http-request set-var(txn.green_weight) ${routed(3)},add(0)
  http-request set-var(txn.blue_label) ${routed(4)}
  http-request set-var(txn.green_label) ${routed(5)}
${drawLines(state)}
  acl pin_blue var(txn.pin) -m str blue
  acl pin_blue var(txn.pin),strcmp(txn.blue_label) eq 0
  acl pin_blue var(txn.other_pin),strcmp(txn.blue_label) eq 0
  acl pin_green var(txn.other_pin),strcmp(txn.green_label) eq 0
  acl pin_green var(txn.pin) -m str green
  acl pin_green var(txn.pin),strcmp(txn.green_label) eq 0
  http-request set-var(txn.pinned) bool(false)
  http-request set-var(txn.pinned) bool(true) if pin_blue || pin_green
${livesLines()}
  http-request return status 503 content-type application/json string '${errorBody(503)}' if pin_blue !blue_lives || pin_green !green_lives`;
}

/** Whether any server of a slot is up, as `blue_lives`. */
function livesLines(): string {
  return SLOTS.flatMap((slot) =>
    positions((position) => `  acl ${slot}_lives srv_is_up(${slot}/${serverName(slot, position)})`),
  ).join('\n');
}

/** Copies of users' requests come in here, each for a revision that is named: they are none of the traffic, whose figures do not know them. */
function shadowSection(): string {
  return `frontend shadow
${shadowEntrance()}
  http-request set-var(txn.pin) req.hdr(${REVISION_HEADER})
  http-request set-var(txn.routing) ${ROUTING_NOW}
  http-request set-var(txn.blue_label) ${routed(4)}
  http-request set-var(txn.green_label) ${routed(5)}
  acl for_blue var(txn.pin),strcmp(txn.blue_label) eq 0
  acl for_green var(txn.pin),strcmp(txn.green_label) eq 0
${livesLines()}
  http-request return status 503 content-type application/json string '${errorBody(503)}' unless for_blue blue_lives || for_green green_lives
  use_backend green if for_green
  default_backend blue

${copiesTable()}`;
}

/**
 * A slot's backend. The other slot's servers stand behind it as backups, so that a request whose replica died can be sent again; they
 * follow the checks of their own slot and are out while its weight is 0. Only checks and the controller take a server out: an answer of
 * 5xx never does (`layer4`).
 */
function slotSection(slot: Slot, state: FrontState): string {
  const other = otherSlot(slot);
  const own = positions((position) => {
    const address = addressOf(state, slot, position);
    const disabled = serverMode(state, slot, position) === 'ready' ? '' : ' disabled';
    return `  server ${serverName(slot, position)} ${address}:${state.port} check${disabled}`;
  });
  const backups = positions((position) => {
    const disabled = mayBackUp(state, other) ? '' : ' disabled';
    const server = serverName(other, position);
    return `  server ${server} ${addressOf(state, other, position)}:${state.port} backup track ${other}/${server}${disabled}`;
  });
  return `backend ${slot}
  balance roundrobin
  option httpchk
  option allbackups
  http-check send meth GET uri ${state.readiness} ver HTTP/1.1 hdr Host ${state.service}
  http-check expect status 200
  retry-on conn-failure empty-response
  http-after-response set-header ${REVISION_HEADER} %[var(txn.blue_label)] if { var(txn.pin) -m found } { srv_name -m beg blue }
  http-after-response set-header ${REVISION_HEADER} %[var(txn.green_label)] if { var(txn.pin) -m found } { srv_name -m beg green }
  default-server inter 500ms fastinter 100ms downinter 100ms fall 2 rise 1 pool-purge-delay 30s pool-max-conn ${IDLE_CONNECTIONS}
  default-server observe layer4 error-limit ${ERROR_LIMIT} on-error mark-down
${[...own, ...backups].join('\n')}
`;
}

function positions(line: (position: number) => string): string[] {
  return Array.from({ length: SERVERS_PER_SLOT }, (_, position) => line(position));
}

/** The address at a position, or {@link NO_ADDRESS}. */
export function addressOf(state: FrontState, slot: Slot, position: number): string {
  return state.slots[slot].servers[position] ?? NO_ADDRESS;
}

/** What the server at a position may do: what its slot may, unless it holds no replica, or one that leaves. */
export function serverMode(state: FrontState, slot: Slot, position: number): SlotMode {
  const { servers, mode, leaving = [] } = state.slots[slot];
  const address = servers[position];
  if (address === undefined) return 'maint';
  return mode === 'ready' && leaving.includes(address) ? 'drain' : mode;
}

function internalSections(): string {
  return `frontend metrics
  bind :${METRICS_PORT}
  no log
${showAnswers()}
  http-request use-service prometheus-exporter if { path /metrics }
  http-request return status 404

frontend probe
  bind 127.0.0.1:${PROBE_PORT}
  no log
  acl blue_serves nbsrv(blue) gt 0
  acl green_serves nbsrv(green) gt 0
  acl blue_weighs ${routed(2, ROUTING_NOW)},add(0) gt 0
  acl green_weighs ${routed(3, ROUTING_NOW)},add(0) gt 0
  http-request return status 200 if blue_serves blue_weighs || green_serves green_weighs
  http-request return status 503
`;
}
