import { Option, type Command } from 'commander';
import { errorMessage } from '../core/errors';
import { invalid } from '../delivery/checked';
import { SETTING_FLAGS, type StrategyFlag } from '../delivery/strategies/flags';
import { STRATEGIES } from '../delivery/strategies/list';
import type { Strategy } from '../delivery/strategies/strategy';

/** What the command line says, as text, by the attributes of its flags; those that were not given are missing. */
export type StrategyWords = Readonly<Record<string, unknown>>;

/** No flag has that name. */
const IS_DEFAULT = 'strategy is the default';

interface KnownFlag {
  readonly option: string;
  /** Whose it is; all strategies' when missing. */
  readonly strategy?: string;
  readonly flag: Option;
  readonly parse: StrategyFlag['parse'];
  readonly initially: string | undefined;
}

/** `--strategy`, the flags of every strategy's settings, and those that each strategy brings. */
export function addStrategyFlags(command: Command): Command {
  const choices = STRATEGIES.map(({ kind }) => kind);
  const about = STRATEGIES.map(({ kind, description }) => `${kind}: ${description}`).join('; ');
  command.addOption(new Option('--strategy <kind>', about).choices(choices).default(choices[0]));
  for (const { flag } of knownFlags()) command.addOption(flag);
  return command;
}

/**
 * The strategy that was asked for.
 * @throws HarnessError `strategy-invalid`, for a flag of another strategy too
 */
export function strategyFrom(chosen: string, words: StrategyWords): Strategy {
  const kind = STRATEGIES.find((strategy) => strategy.kind === chosen);
  if (kind === undefined) throw invalid(chosen, 'there is no such strategy', words);
  const options: Record<string, unknown> = {};
  for (const { option, strategy = chosen, flag, parse, initially } of knownFlags()) {
    const given = textOf(words, flag);
    if (strategy !== chosen && kind.takesFlagsOf?.includes(strategy) !== true) {
      if (given !== undefined) throw invalid(chosen, `${flag.long} belongs to the strategy ${strategy}`, words);
      continue;
    }
    const text = given ?? initially;
    if (text === undefined) continue;
    try {
      options[option] = parse(text);
    } catch (error) {
      throw invalid(chosen, `${flag.long} ${text}: it takes ${errorMessage(error)}`, words);
    }
  }
  const strategy = kind.from(options);
  return words[IS_DEFAULT] === true ? { ...strategy, isDefault: true } : strategy;
}

/** The words of a command line, with whether its strategy is nobody's choice. */
export function wordsOf(options: StrategyWords, command: Command): StrategyWords {
  return { ...options, [IS_DEFAULT]: command.getOptionValueSource('strategy') === 'default' };
}

/** The flags that repeat the same words. */
export function strategyWords(chosen: string, words: StrategyWords): string[] {
  const said = knownFlags().flatMap(({ flag }) => {
    const text = textOf(words, flag);
    return text === undefined ? [] : [`${flag.long} ${text}`];
  });
  return [...(words[IS_DEFAULT] === true ? [] : [`--strategy ${chosen}`]), ...said];
}

function textOf(words: StrategyWords, flag: Option): string | undefined {
  const text = words[flag.attributeName()];
  return typeof text === 'string' ? text : undefined;
}

function knownFlags(): KnownFlag[] {
  const shared = Object.entries(SETTING_FLAGS).map(([option, flag]) => ({ option, ...known(flag, '') }));
  const own = STRATEGIES.flatMap(({ kind, flags }) =>
    Object.entries(flags).map(([option, flag]) => ({ option, strategy: kind, ...known(flag, `${kind}: `) })),
  );
  return [...shared, ...own];
}

function known({ flag, description, parse, initially }: StrategyFlag, prefix: string) {
  const suffix = initially === undefined ? '' : ` (default: ${initially})`;
  return { flag: new Option(flag, `${prefix}${description}${suffix}`), parse, initially };
}
