import { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { addStrategyFlags, strategyFrom, strategyWords } from './strategy-flags';

/** The strategy that a command line asks for. */
function asked(...words: string[]) {
  const { strategy, ...options } = parsed(words);
  return strategyFrom(String(strategy), options, { riseToDetect: 0.1 });
}

function parsed(words: readonly string[]) {
  const command = addStrategyFlags(new Command()).exitOverride();
  return command.parse(words, { from: 'user' }).opts<Record<string, unknown>>();
}

describe('the strategy of a command line', () => {
  it('is a canary of three steps when nothing is said', () => {
    expect(asked()).toMatchObject({ name: 'canary 20→50→100 %', settings: { riseToDetect: 0.1 } });
  });

  it('takes the flags that the strategy brings', () => {
    expect(asked('--strategy', 'canary', '--steps', '5,100')).toMatchObject({ name: 'canary 5→100 %' });
    expect(asked('--strategy', 'blue-green')).toMatchObject({ name: 'blue-green' });
  });

  it.each([
    [['--steps', '50,20,100'], /rise/],
    [['--steps', 'many'], /steps/],
    [['--strategy', 'blue-green', '--steps', '20,100'], /--steps belongs to the strategy canary/],
  ])('refuses %j by name', (words, message) => {
    expect(() => asked(...words)).toThrow(expect.objectContaining({ code: 'strategy-invalid' }));
    expect(() => asked(...words)).toThrow(message);
  });

  it('is repeated by the same words', () => {
    const { strategy, ...options } = parsed(['--strategy', 'canary', '--steps', '5,100']);
    expect(strategyWords(String(strategy), options)).toEqual(['--strategy canary', '--steps 5,100']);
  });
});
