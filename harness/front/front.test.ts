import { describe, expect, it } from '@jest/globals';
import { emptyFront, frontConfig, stateFiles, stateText, type FrontState, type SlotState } from './config';
import { parseState } from './front-state';
import { admitted, followed, inItsEpoch } from './state';
import { checkWords } from './check-words';
import { commandsBetween, parseHanging, parseMap, parseServersState, parseStatus, runtimeOf } from './runtime';
import { requestLine } from './testing/request-line';
import { parseWitnessLine } from './witness-line';

const EMPTY = emptyFront('orders', 8080, '/readyz');
const CANARY: FrontState = {
  ...EMPTY,
  slots: {
    blue: { label: 'orders-r1', servers: ['10.0.0.2'], mode: 'ready' },
    green: { label: 'orders-r2', servers: ['10.0.0.3', undefined, '10.0.0.5'], mode: 'ready' },
  },
  weights: { blue: 80, green: 20 },
  epoch: 7,
};

describe('frontConfig', () => {
  it('holds the whole state, so that a front that restarts from it serves as before', () => {
    const config = frontConfig(CANARY);
    expect(config).toContain('  server blue1 10.0.0.2:8080 check\n');
    expect(config).toContain('  server green3 10.0.0.5:8080 check\n');
    expect(config).toContain('  server green2 0.0.0.0:8080 check disabled\n');
    expect(stateFiles(CANARY)).toMatchObject({
      'routing.map': 'now 7:80:20:orders-r1:orders-r2\n',
    });
  });

  it('draws each request by itself, unless users are to stay on one side', () => {
    const draws = (stickyBy: FrontState['stickyBy']) =>
      frontConfig(stickyBy === undefined ? EMPTY : { ...EMPTY, stickyBy })
        .replace(/\nbackend [^]*/, '')
        .split('\n')
        .filter((line) => /txn\.draw\)|rollproof-orders/.test(line) && !line.includes('use_backend'));
    expect(draws(undefined)).toEqual(['  http-request set-var(txn.draw) rand(100)']);
    expect(draws({ header: 'x-user-id' })).toEqual([
      '  http-request set-var(txn.draw) rand(100)',
      '  http-request set-var(txn.draw) req.fhdr(x-user-id),xxh32,mod(100) if { req.fhdr(x-user-id) -m found }',
    ]);
    expect(draws({ cookie: true }).join('\n')).toContain(
      'set-var(txn.draw) req.cook(rollproof-orders),add(0) if has_place',
    );
  });

  it('never lets an answer change a server’s state, and a slot of weight 0 stand in for the other', () => {
    const config = frontConfig({ ...CANARY, weights: { blue: 100, green: 0 } });
    expect(config).toContain('observe layer4');
    expect(config).not.toContain('observe layer7');
    expect(config).toContain('server green1 10.0.0.3:8080 backup track green/green1 disabled');
    expect(config).toContain('server blue1 10.0.0.2:8080 backup track blue/blue1\n');
  });

  it('starts no traffic on a slot that was draining when the front died', () => {
    const slots = { ...CANARY.slots, green: { ...CANARY.slots.green, mode: 'drain' as const } };
    expect(frontConfig({ ...CANARY, slots })).toContain('server green1 10.0.0.3:8080 check disabled');
  });
});

describe('a replica that leaves', () => {
  const servers = ['10.0.0.2', '10.0.0.4'];
  const two: FrontState = { ...CANARY, slots: { ...CANARY.slots, blue: { ...CANARY.slots.blue, servers } } };
  const left: FrontState = {
    ...two,
    slots: { ...two.slots, blue: { ...two.slots.blue, leaving: ['10.0.0.4'] } },
  };

  it('drains alone, in HAProxy and in the files that it starts from', () => {
    expect(commandsBetween(runtimeOf(two), runtimeOf(left), 8080)).toEqual(['set server blue/blue2 state drain']);
    expect(frontConfig(left)).toContain('  server blue2 10.0.0.4:8080 check disabled\n');
    expect(frontConfig(left)).toContain('  server blue1 10.0.0.2:8080 check\n');
  });

  it('changes no epoch: it is routed to its revision as before', () => {
    expect(inItsEpoch(two, left).epoch).toBe(two.epoch);
  });

  it('is forgotten once it has gone, and serves again when its slot is admitted', () => {
    const stays = { label: 'orders-r1', servers: [{ ip: '10.0.0.2' }] };
    expect(followed(left, 'blue', stays).slots.blue).not.toHaveProperty('leaving');
    const both = { label: 'orders-r1', servers: [...stays.servers, { ip: '10.0.0.4' }, { ip: '10.0.0.6' }] };
    expect(followed(left, 'blue', both).slots.blue.leaving).toEqual(['10.0.0.4']);
    expect(admitted(left, 'blue').slots.blue).toEqual(two.slots.blue);
    expect(admitted(two, 'blue')).toBe(two);
  });

  it('is out where its whole slot is', () => {
    const out = { ...left, slots: { ...left.slots, blue: { ...left.slots.blue, mode: 'maint' as const } } };
    expect(runtimeOf(out).servers['blue/blue2']).toMatchObject({ mode: 'maint' });
  });

  it('still leaves after the front has come back', () => {
    expect(parseState(stateText(left)).slots.blue.leaving).toEqual(['10.0.0.4']);
    expect(parseState(stateText(two)).slots.blue).not.toHaveProperty('leaving');
  });
});

describe('commandsBetween', () => {
  const commands = (from: FrontState, to: FrontState) => commandsBetween(runtimeOf(from), runtimeOf(to), 8080);

  it('says nothing when nothing changes', () => {
    expect(commands(CANARY, CANARY)).toEqual([]);
  });

  it('changes epoch, weights and labels in one command, once no backup is left that they do not allow', () => {
    const to = { ...CANARY, weights: { blue: 100, green: 0 }, epoch: 8 };
    const list = commands(CANARY, to);
    expect(list.at(-1)).toBe('set map /state/routing.map now 8:100:0:orders-r1:orders-r2');
    expect(list.slice(0, -1)).toContain('set server blue/green1 state maint');
    const back = commands(to, { ...CANARY, epoch: 9 });
    expect(back[0]).toBe('set map /state/routing.map now 9:80:20:orders-r1:orders-r2');
    expect(back.slice(1)).toContain('set server blue/green1 state ready');
  });

  it('has a check say yes before a new replica is used', () => {
    const slots = { ...EMPTY.slots, blue: { label: 'orders-r1', servers: ['10.0.0.2'], mode: 'ready' as const } };
    const list = commands(EMPTY, { ...EMPTY, slots, epoch: 1 });
    expect(list).toEqual([
      'set map /state/routing.map now 1:100:0:orders-r1:-',
      'set server blue/blue1 addr 10.0.0.2 port 8080',
      'set server blue/blue1 state ready',
      'set server blue/blue1 health down',
      'set server green/blue1 addr 10.0.0.2 port 8080',
    ]);
  });

  it('takes a server out before its address changes', () => {
    const slots = { ...CANARY.slots, blue: { ...CANARY.slots.blue, servers: ['10.0.0.9'] } };
    const list = commands(CANARY, { ...CANARY, slots }).filter((command) => command.includes('blue/blue1'));
    expect(list).toEqual([
      'set server blue/blue1 state maint',
      'set server blue/blue1 addr 10.0.0.9 port 8080',
      'set server blue/blue1 state ready',
      'set server blue/blue1 health down',
    ]);
  });
});

describe('inItsEpoch', () => {
  const epochAfter = (next: Partial<FrontState>) => inItsEpoch(CANARY, { ...CANARY, ...next }).epoch;
  const withBlue = (change: Partial<SlotState>) => ({
    slots: { ...CANARY.slots, blue: { ...CANARY.slots.blue, ...change } },
  });

  it('begins one with every change of weights, labels and modes, and with no other', () => {
    expect(epochAfter({ weights: { blue: 50, green: 50 } })).toBe(8);
    expect(epochAfter(withBlue({ label: 'orders-r3' }))).toBe(8);
    expect(epochAfter(withBlue({ mode: 'drain' }))).toBe(8);
    expect(epochAfter({ weights: { ...CANARY.weights } })).toBe(7);
    expect(epochAfter(withBlue({ servers: ['10.0.0.9'] }))).toBe(7);
  });
});

describe('what HAProxy says', () => {
  it('reads servers and their state', () => {
    const lines = [
      '1',
      '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight',
      '3 blue 1 blue1 172.20.0.2 2 4 1',
      '3 blue 2 blue2 0.0.0.0 0 5 1',
      '4 green 1 green1 172.20.0.3 2 8 1',
      '',
    ];
    expect(parseServersState(lines)).toEqual({
      'blue/blue1': { address: '172.20.0.2', mode: 'ready' },
      'blue/blue2': { address: '0.0.0.0', mode: 'maint' },
      'green/green1': { address: '172.20.0.3', mode: 'drain' },
    });
  });

  it('reads a map', () => {
    expect(parseMap(['0x55d now 7:80:20:orders-r1:-', ''])).toEqual({ now: '7:80:20:orders-r1:-' });
  });

  it('adds what a server did as the other slot’s backup', () => {
    const status = parseStatus([
      '# pxname,svname,scur,stot,econ,eresp,wretr,wredis,status,chkdown,check_status,addr,hrsp_5xx,',
      'blue,blue1,1,10,0,0,1,0,UP,0,L7OK,10.0.0.2:8080,3,',
      'blue,green1,0,0,0,0,0,0,no check,,,10.0.0.3:8080,0,',
      'green,green1,0,5,2,1,0,1,DOWN 1/2,1,L4CON,10.0.0.3:8080,0,',
      'green,blue1,1,2,0,0,0,0,UP,,,10.0.0.2:8080,1,',
      'green,green2,0,0,0,0,0,0,MAINT,1,,0.0.0.0:8080,0,',
    ]);
    expect(status.blue).toMatchObject([{ server: 'blue1', up: true, sessions: 2, total: 12, status5xx: 4 }]);
    expect(status.green).toMatchObject([{ server: 'green1', up: false, connectionErrors: 2, redispatches: 1 }]);
  });
});

describe('what a check found', () => {
  const header = '# pxname,svname,status,check_status,check_code,last_chk,addr,';
  const found = (check: string) =>
    parseStatus([header, `green,green1,DOWN,${check},10.0.0.3:8080,`]).green.map((server) =>
      checkWords(server, { port: 8080, readiness: '/readyz' }),
    );

  it.each([
    ['L4CON,,Connection refused', 'connection refused on port 8080 (GET /readyz)'],
    ['* L4CON,,Connection refused', 'connection refused on port 8080 (GET /readyz)'],
    ['L4CON,,"No route, none"', 'no connection to port 8080 (GET /readyz): No route, none'],
    ['L4TOUT,,', 'no connection to port 8080 in time (GET /readyz)'],
    ['L7TOUT,,', 'no answer to GET /readyz within 5 s (port 8080)'],
    ['L7STS,503,Service Unavailable', 'answered 503 to GET /readyz (port 8080)'],
    ['L7RSP,,', 'answered GET /readyz on port 8080 with something else than HTTP'],
    ['INI,,', 'not checked yet (GET /readyz on port 8080)'],
    ['SOCKERR,,', 'the check of GET /readyz on port 8080 ended SOCKERR'],
  ])('is told in words: %s', (check, words) => {
    expect(found(check)).toEqual([words]);
  });
});

describe('parseHanging', () => {
  const session = (frontend: string, backend: string, age: string) =>
    `0x55d1: proto=tcpv4 src=172.18.0.9:4141 fe=${frontend} be=${backend} srv=${backend}1 ts=02 epoch=0 age=${age} calls=3 rate=0`;

  it('gives the ages of requests that are no longer young, by slot', () => {
    const lines = [
      session('traffic', 'green', '0s'),
      session('traffic', 'green', '5s'),
      session('once', 'green', '1m5s'),
      session('traffic', 'once', '1m5s'),
      session('traffic', 'blue', '2h0m'),
      session('metrics', 'green', '9s'),
      '0x55d2: proto=unix_stream src=unix:1 fe=GLOBAL be=<NONE> srv=<none> ts=00 age=9s calls=1',
      '',
    ];
    expect(parseHanging(lines)).toEqual({ green: [5, 65], blue: [7_200] });
  });
});

describe('parseWitnessLine', () => {
  it('names the revision that served', () => {
    expect(parseWitnessLine(requestLine({}))).toMatchObject({
      startedAtMs: 1795441516167.25,
      epoch: 7,
      revision: 'orders-r2',
      slot: 'green',
      server: 'green1',
    });
  });

  it('keeps apart who was meant and who served after a redispatch', () => {
    expect(parseWitnessLine(requestLine({ server: 'blue1', retries: 1, redispatched: true }))).toMatchObject({
      revision: 'orders-r1',
      routedRevision: 'orders-r2',
      redispatched: true,
    });
  });

  it('blames the slot that was meant when no server was reached', () => {
    expect(parseWitnessLine(requestLine({ server: '<NOSRV>', status: 503 }))).toMatchObject({
      revision: 'orders-r2',
      server: undefined,
    });
  });

  it('passes over what is no request', () => {
    expect(parseWitnessLine('Server blue/blue1 is DOWN, reason: Layer4 connection problem')).toBeUndefined();
    expect(parseWitnessLine('{"torn":')).toBeUndefined();
  });
});
