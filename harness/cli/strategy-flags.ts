import { Option, type Command } from 'commander';
import { invalid } from '../delivery/checked';
import { STRATEGIES } from '../delivery/strategies/list';
import type { Strategy } from '../delivery/strategies/strategy';

/** What the flags of strategies say, by option; those that were not given are missing. */
export type StrategyWords = Readonly<Record<string, unknown>>;

interface KnownFlag {
  readonly option: string;
  readonly strategy: string;
  readonly flag: Option;
}

/** `--strategy`, and the flags that each strategy brings. */
export function addStrategyFlags(command: Command): Command {
  const choices = STRATEGIES.map(({ kind }) => kind);
  const about = STRATEGIES.map(({ kind, description }) => `${kind}: ${description}`).join('; ');
  command.addOption(new Option('--strategy <kind>', about).choices(choices).default(choices[0]));
  for (const { flag } of knownFlags()) command.addOption(flag);
  return command;
}

/**
 * The strategy that was asked for, with the settings that every strategy takes.
 * @throws HarnessError `strategy-invalid`, for a flag of another strategy too
 */
export function strategyFrom(
  chosen: string,
  words: StrategyWords,
  settings: Readonly<Record<string, unknown>>,
): Strategy {
  const kind = STRATEGIES.find((strategy) => strategy.kind === chosen);
  if (kind === undefined) throw invalid(chosen, 'there is no such strategy', words);
  const given = knownFlags().filter(({ flag }) => words[flag.attributeName()] !== undefined);
  const foreign = given.find(({ option }) => kind.flags[option] === undefined);
  if (foreign !== undefined) {
    throw invalid(chosen, `${foreign.flag.long} belongs to the strategy ${foreign.strategy}`, words);
  }
  const initial = Object.entries(kind.flags).map(([option, { initially }]) => [option, initially] as const);
  const said = given.map(({ option, flag }) => [option, words[flag.attributeName()]] as const);
  return kind.from({ ...settings, ...Object.fromEntries([...initial, ...said]) });
}

/** The flags that repeat the same words. */
export function strategyWords(chosen: string, words: StrategyWords): string[] {
  const said = knownFlags().flatMap(({ flag }) => {
    const value = words[flag.attributeName()];
    return value === undefined ? [] : [`${flag.long} ${asText(value)}`];
  });
  return [`--strategy ${chosen}`, ...said];
}

function knownFlags(): KnownFlag[] {
  return STRATEGIES.flatMap(({ kind, flags }) =>
    Object.entries(flags).map(([option, { flag, description, parse, initially }]) => ({
      option,
      strategy: kind,
      flag: new Option(
        flag,
        `${kind}: ${description}${initially === undefined ? '' : ` (default: ${asText(initially)})`}`,
      ).argParser(parse),
    })),
  );
}

/** As one would write it on a command line. */
function asText(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : JSON.stringify(value);
}
