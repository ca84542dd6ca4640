import { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../delivery/strategies/settings';
import { addStrategyFlags, strategyFrom, strategyWords } from './strategy-flags';

/** The strategy that a command line asks for. */
function asked(...words: string[]) {
  const { strategy, ...options } = parsed(words);
  return strategyFrom(String(strategy), options);
}

function parsed(words: readonly string[]) {
  const command = addStrategyFlags(new Command()).exitOverride();
  return command.parse(words, { from: 'user' }).opts<Record<string, unknown>>();
}

describe('the strategy of a command line', () => {
  it('is a canary of three steps when nothing is said', () => {
    expect(asked()).toMatchObject({ name: 'canary 20→50→100 %', settings: DEFAULT_SETTINGS });
  });

  it('takes the flags that the strategy brings', () => {
    expect(asked('--strategy', 'canary', '--steps', '5,100')).toMatchObject({ name: 'canary 5→100 %' });
    expect(asked('--strategy', 'blue-green')).toMatchObject({ name: 'blue-green' });
    expect(asked('--strategy', 'recreate', '--bake', '2')).toMatchObject({ name: 'recreate' });
    expect(asked('--strategy', 'rolling')).toMatchObject({ name: 'rolling, surge 25%, unavailable 25%' });
    const rolling = asked('--strategy', 'rolling', '--max-surge', '2', '--max-unavailable', '0%');
    expect(rolling.steps[0]).toMatchObject({ kind: 'roll', options: { maxSurge: 2, maxUnavailable: '0%' } });
  });

  it('takes the flags of a canary for the shadow before it, and no others', () => {
    const words = ['--strategy', 'shadow', '--copies', '30', '--copies-per-second', '5', '--accept', '$.a, status'];
    const { name, steps } = asked(...words, '--steps', '5,100');
    expect(name).toBe('shadow of 30 requests, canary 5→100 %');
    expect(steps[2]).toMatchObject({
      kind: 'shadow',
      options: { copies: 30, copiesPerSecond: 5, accept: ['$.a', 'status'] },
    });
    expect(() => asked('--strategy', 'shadow', '--preview', '3')).toThrow(
      '--preview belongs to the strategy blue-green',
    );
    expect(() => asked('--copies', '30')).toThrow('--copies belongs to the strategy shadow');
    expect(() => asked('--strategy', 'shadow', '--copies', 'many')).toThrow('a number of requests, as 100');
  });

  it('takes the settings that every strategy has, times in seconds', () => {
    const words = [
      '--rise',
      '10',
      '--warmup',
      '20',
      '--window',
      '0.25',
      '--min-ready',
      '2',
      '--ready-timeout',
      '90',
      '--step',
      '5',
      '--bake',
      '0.5',
    ];
    const settings = {
      riseToDetect: 0.1,
      warmupRequests: 20,
      windowMs: 250,
      minReadyMs: 2_000,
      readyTimeoutMs: 90_000,
      minStepMs: 5_000,
      bakeMs: 500,
    };
    expect(asked(...words, '--deadline', '300')).toMatchObject({
      settings: { ...settings, progressDeadlineMs: 300_000 },
    });
    expect(asked(...words, '--strategy', 'blue-green')).toMatchObject({ name: 'blue-green', settings });
  });

  it.each([
    [['--min-ready', 'soon'], /--min-ready soon: it takes seconds/],
    [['--bake', '-1'], /--bake -1: it takes seconds/],
    [['--warmup', '1.5'], /--warmup 1.5: it takes a number of requests/],
    [['--rise', '0'], /--rise 0: it takes points above 0/],
    [['--steps', '50,20,100'], /rise/],
    [['--steps', 'many'], /steps/],
    [['--strategy', 'rolling', '--max-surge', 'few'], /--max-surge few: it takes a whole number, or percents as 25%/],
    [['--max-surge', '1'], /--max-surge belongs to the strategy rolling/],
    [['--strategy', 'blue-green', '--steps', '20,100'], /--steps belongs to the strategy canary/],
  ])('refuses %j by name', (words, message) => {
    expect(() => asked(...words)).toThrow(expect.objectContaining({ code: 'strategy-invalid' }));
    expect(() => asked(...words)).toThrow(message);
  });

  it('is repeated by the same words', () => {
    const { strategy, ...options } = parsed(['--strategy', 'canary', '--steps', '5,100', '--bake', '0.5']);
    expect(strategyWords(String(strategy), options)).toEqual(['--strategy canary', '--bake 0.5', '--steps 5,100']);
  });
});
