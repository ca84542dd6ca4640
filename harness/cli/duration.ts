import { InvalidArgumentError } from 'commander';

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** A duration of a command line, ms: `90s`, `60m`, `2h`. */
export function durationArgument(text: string): number {
  const { number, unit } = /^(?<number>\d+(?:\.\d+)?)(?<unit>[smh])$/.exec(text)?.groups ?? {};
  const ms = Number(number) * UNIT_MS[(unit ?? 's') as keyof typeof UNIT_MS];
  if (!(ms > 0)) throw new InvalidArgumentError('Write it as 90s, 60m or 2h.');
  return ms;
}
