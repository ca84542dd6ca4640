interface Block {
  readonly first: number;
  readonly size: number;
}

/**
 * The largest part of an IPv4 range, itself a range, that holds none of some addresses: Docker gives out the lowest free address of a
 * network, also one that a container which has not started yet asks for. `undefined` where nothing has to be kept free, or nothing is left.
 */
export function freeRange(
  range: string,
  reserved: readonly string[],
  { subnet }: { readonly subnet?: string | undefined } = {},
): string | undefined {
  const whole = blockOf(range);
  if (whole === undefined) return undefined;
  const taken = reserved.flatMap((address) => numberOf(address) ?? []).filter((one) => isIn(one, whole));
  if (taken.length === 0) return undefined;
  // Network and broadcast address are nobody's: a part that is little else is of no use.
  const edges = blockOf(subnet ?? range) ?? whole;
  const ends = [edges.first, edges.first + edges.size - 1];
  const parts = freeParts(whole, taken).map((part) => ({
    part,
    usable: part.size - ends.filter((end) => isIn(end, part)).length,
  }));
  const best = parts.sort((a, b) => b.usable - a.usable || a.part.first - b.part.first)[0];
  return best === undefined || best.usable < 1 ? undefined : textOf(best.part);
}

/** Halves what holds a taken address, until none does. */
function freeParts(block: Block, taken: readonly number[]): Block[] {
  const inside = taken.filter((one) => isIn(one, block));
  if (inside.length === 0) return [block];
  if (block.size === 1) return [];
  const size = block.size / 2;
  return [block.first, block.first + size].flatMap((first) => freeParts({ first, size }, inside));
}

function isIn(one: number, { first, size }: Block): boolean {
  return one >= first && one < first + size;
}

function blockOf(range: string): Block | undefined {
  const [address = '', bits = ''] = range.split('/');
  const number = numberOf(address);
  if (number === undefined || !/^\d+$/.test(bits) || Number(bits) > 32) return undefined;
  const size = 2 ** (32 - Number(bits));
  return { first: number - (number % size), size };
}

function numberOf(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function textOf({ first, size }: Block): string {
  const parts = [3, 2, 1, 0].map((power) => Math.floor(first / 256 ** power) % 256);
  return `${parts.join('.')}/${32 - Math.log2(size)}`;
}
