/** The proxy runs as this user, so that the rules let its own connections through. */
export const PROXY_UID = 10061;

/** Every chain of ours starts with this. */
export const CHAIN_PREFIX = 'ROLLPROOF-';

/** New connections to a destination go to a port of the proxy. */
export interface Redirect {
  readonly edge: string;
  readonly address: string;
  readonly port: number;
  readonly listenPort: number;
}

/**
 * The last moment at which a leased rule matches, for `--datestop`: UTC, whole seconds. The kernel compares
 * seconds inclusively (`stamp > date_stop`), so a rule that stops at 12:00:04 still matches during that second.
 */
export function dateStop(nowMs: number, leaseMs: number): string {
  const lastSecond = Math.floor((nowMs + leaseMs) / 1_000) - 1;
  return new Date(lastSecond * 1_000).toISOString().slice(0, 19);
}

/** Input of `iptables-restore --noflush` that replaces the content of our chain at one stroke; it touches no other. */
export function leaseRules(chain: string, redirects: readonly Redirect[], stop: string): string {
  const rules = redirects.map(
    ({ edge, address, port, listenPort }) =>
      `-A ${chain} -d ${address}/32 -p tcp --dport ${port} -m owner ! --uid-owner ${PROXY_UID} -m time --datestop ${stop} ` +
      `-m comment --comment "rollproof ${commentText(edge)}" -j REDIRECT --to-ports ${listenPort}`,
  );
  return transaction([`:${chain} - [0:0]`, ...rules]);
}

/** Puts our chain into the way of outgoing connections. */
export function installJump(chain: string): string {
  return transaction([`:${chain} - [0:0]`, `-A ${jump(chain)}`]);
}

/** Takes one of our chains away. */
export function removeChain(chain: string, hasJump: boolean): string {
  return transaction([...(hasJump ? [`-D ${jump(chain)}`] : []), `-F ${chain}`, `-X ${chain}`]);
}

/** Our chains in the output of `iptables-save`, and whether each is in the way. */
export function ownChains(saved: string): { readonly chain: string; readonly hasJump: boolean }[] {
  const lines = saved.split('\n');
  return lines
    .map((line) => /^:(ROLLPROOF-\S+) /.exec(line)?.[1])
    .filter((chain) => chain !== undefined)
    .map((chain) => ({
      chain,
      hasJump: lines.some((line) => line.startsWith('-A OUTPUT ') && line.endsWith(`-j ${chain}`)),
    }));
}

function jump(chain: string): string {
  return `OUTPUT -p tcp -m comment --comment "rollproof ${chain}" -j ${chain}`;
}

/** A comment holds names from a user's file: only what cannot end the quotes, at most what the kernel takes. */
function commentText(text: string): string {
  return text.replace(/[^\w.>-]/g, '_').slice(0, 200);
}

function transaction(lines: readonly string[]): string {
  return ['*nat', ...lines, 'COMMIT', ''].join('\n');
}
