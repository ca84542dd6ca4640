import { Readable } from 'node:stream';
import { expect, it } from '@jest/globals';
import { routingValue, stateFiles, type FrontState } from '../../front/config';
import { runtimeOf } from '../../front/runtime';
import type { EngineApi } from './engine-api';
import { changeFront } from './follow';
import { giveBack } from './give-back';
import { GIVE_BACK, sharedFront } from '../testing/shared-front';

const HALF = sharedFront(50, 7);
const ALL = sharedFront(100, 8);

/** An Engine with a front whose HAProxy need not serve what its files say; `down` is a replica that fails its checks. */
class FakeEngine implements EngineApi {
  readonly commands: string[] = [];
  /** HAProxy answers nothing to the next change: its files are written all the same. */
  isMute = false;
  isStableDown = false;

  constructor(
    private stored: FrontState,
    private runtime: FrontState,
  ) {}

  call(_method: string, path: string, body?: unknown): Promise<unknown> {
    if (path.startsWith('/containers/json')) return Promise.resolve(LISTED);
    return Promise.resolve({ Id: Buffer.from(JSON.stringify((body as { Cmd: string[] }).Cmd)).toString('hex') });
  }

  stream(_method: string, path: string): never {
    const asked = JSON.parse(Buffer.from(path.split('/')[2] ?? '', 'hex').toString()) as string[];
    const text = asked.slice(1).map((request) => `${this.#answer(request)}\n`);
    const out = Buffer.from(text.join(''));
    const head = Buffer.alloc(8);
    head[0] = 1;
    head.writeUInt32BE(out.length, 4);
    return Promise.resolve(Readable.from([Buffer.concat([head, out])])) as never;
  }

  #answer(request: string): string {
    const [verb = '', ...words] = request.split(' ');
    const said = (text: string) => `data ${Buffer.from(text).toString('base64')}`;
    const word = (at: number) => Buffer.from(words[at] ?? '', 'base64').toString();
    if (verb === 'get') return said(stateFiles(this.stored)['front.json'] ?? '');
    if (verb === 'run') return said(this.#query(word(0)));
    this.stored = JSON.parse(word(words.indexOf('front.json', 1) + 1)) as FrontState;
    if (this.isMute) {
      this.isMute = false;
      return 'error haproxy-timeout';
    }
    this.commands.push(...word(2).split('; '));
    this.runtime = this.stored;
    return said('');
  }

  #query(query: string): string {
    const { servers } = runtimeOf(this.runtime);
    if (query.startsWith('show map')) return `0x1 now ${routingValue(this.runtime)}`;
    if (query === 'show stat') {
      const blue = this.isStableDown ? 'DOWN' : 'UP';
      return `# pxname,svname,status,addr,\nblue,blue1,${blue},10.0.0.2:8080,\ngreen,green1,UP,10.0.0.3:8080,`;
    }
    const rows = Object.entries(servers).map(([name, { address, mode }]) => {
      const [backend, server] = name.split('/');
      return `1 ${backend} 1 ${server} ${address} ${mode === 'maint' ? 1 : mode === 'drain' ? 8 : 0}`;
    });
    return ['# be_id be_name srv_id srv_name srv_addr srv_admin_state', ...rows].join('\n');
  }
}

const LISTED = [
  ['front', 'orders', '10.0.0.9'],
  ['revision', 'orders-r1', '10.0.0.2'],
  ['revision', 'orders-r2', '10.0.0.3'],
].map(([role, name, IPAddress]) => ({
  ...{ Id: name, State: 'running', NetworkSettings: { Networks: { net: { IPAddress } } } },
  Labels: { 'rollproof.role': role, 'rollproof.service': 'orders', 'com.docker.compose.service': name },
}));

const ORDERS = { project: 'shop', service: 'orders' };
const TOLD = expect.stringContaining('now 8:100:0:orders-r1:orders-r2') as unknown as string;

it('leaves a front alone that needs no change, and whose HAProxy serves what its files say', async () => {
  const engine = new FakeEngine(ALL, ALL);
  expect(await changeFront(engine, ORDERS, () => undefined)).toBe(true);
  expect(engine.commands).toEqual([]);
});

it('tells HAProxy again what its files say already: whoever wrote them may have died before it was told', async () => {
  const engine = new FakeEngine(ALL, HALF);
  expect(await changeFront(engine, ORDERS, () => undefined)).toBe(true);
  expect(engine.commands).toContainEqual(TOLD);
});

it('has given a share back only once HAProxy was told, however far the try before came', async () => {
  const engine = new FakeEngine(HALF, HALF);
  engine.isMute = true;
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  expect(await giveBack(GIVE_BACK, { engine, project: 'shop', log })).toBe(true);
  expect(engine.commands).toContainEqual(TOLD);
  expect(logged).toEqual([
    'failed: share: the front answered: error haproxy-timeout',
    expect.stringMatching(/^undid share/),
  ]);
});

it('says that a share was not given back when its time is over and stable is still not usable', async () => {
  const engine = new FakeEngine(HALF, HALF);
  engine.isStableDown = true;
  const logged: string[] = [];
  const log = (message: string) => void logged.push(message);
  expect(await giveBack(GIVE_BACK, { engine, project: 'shop', log, timeoutMs: 10 })).toBe(false);
  expect(logged).toEqual(['failed: share: orders-r1 is not usable: orders-r2 keeps its share']);
  expect(engine.commands).toEqual([]);
});
