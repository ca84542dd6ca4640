import { HarnessError } from '../../core/errors';
import { SLOTS, stateFiles, stateText, type FrontState } from '../config';
import type { FrontLink } from '../link';
import { runtimeOf } from '../runtime';
import { GIVEN_BACK_FILE, type GivenBack } from '../state';

/** A front's volume and HAProxy in memory, behind a link that can be lost. HAProxy does as it is told. */
export class FakeFrontLink {
  readonly files = new Map<string, string>();
  /** What HAProxy was told, a line each. */
  readonly told: string[] = [];
  /** Called before each exchange: what somebody else does just then. */
  beforeSwap: (() => void) | undefined;
  /** The next exchange loses the link, before it is done or after. */
  loses: 'before' | 'after' | undefined;
  #serves: FrontState | undefined;

  get state(): FrontState {
    return JSON.parse(this.files.get('front.json') ?? '', (_key, value: unknown) => value ?? undefined) as FrontState;
  }

  /** Somebody else changes the front, HAProxy and all. */
  write(state: FrontState, given?: GivenBack): void {
    this.files.set('front.json', stateText(state));
    if (given !== undefined) this.files.set(GIVEN_BACK_FILE, JSON.stringify(given));
    this.#serves = state;
  }

  asLink(): FrontLink {
    return {
      get: async (name: string) => this.files.get(name),
      query: async (command: string) => this.#answer(command),
      swap: async (
        { name, seen }: { name: string; seen: string | undefined },
        files: Record<string, string>,
        commands: readonly string[],
      ) => {
        this.beforeSwap?.();
        const { loses } = this;
        this.loses = undefined;
        if (loses === 'before') throw lost();
        if (this.files.get(name) !== seen) return false;
        for (const [file, text] of Object.entries(files)) this.files.set(file, text);
        if (loses === 'after') throw lost();
        this.told.push(commands.join('; '));
        this.#serves = this.state;
        return true;
      },
      [Symbol.asyncDispose]: async () => undefined,
    } as unknown as FrontLink;
  }

  /** Whether HAProxy serves by what the files say. */
  get isTrue(): boolean {
    return this.#serves !== undefined && stateText(this.#serves) === this.files.get('front.json');
  }

  #answer(command: string): string[] {
    if (this.#serves === undefined) return [];
    if (command.startsWith('show map'))
      return [stateFiles(this.#serves)['routing.map'] ?? ''].map((line) => `0x1 ${line}`);
    const admin = { ready: 0, maint: 1, drain: 8 };
    const rows = Object.entries(runtimeOf(this.#serves).servers).map(([name, { address, mode }]) => {
      const [backend = '', server = ''] = name.split('/');
      return `${SLOTS.indexOf(backend as never)} ${backend} 1 ${server} ${address} 2 ${admin[mode]} 1`;
    });
    return ['1', '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight', ...rows];
  }
}

function lost(): HarnessError {
  return new HarnessError('front-link-lost', { message: 'the link is gone' });
}
