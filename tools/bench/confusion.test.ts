import { expect, it } from '@jest/globals';
import { confusionTable, figuresOf, type Told } from './confusion';
import { missesBar } from './row';

const told = (label: Told['label'], said: Told['said'] = label, times = 1): Told[] =>
  Array.from({ length: times }, () => ({ label, said, tookMs: 5_000 }));

const missed = (all: readonly Told[]) =>
  figuresOf(all)
    .filter(missesBar)
    .map(({ name }) => name);

it('shows who was taken for whom', () => {
  const [head, version, replica] = confusionTable([...told('version'), ...told('replica', 'version')]).split('\n');
  expect(head?.split(/ {2,}/)).toEqual([
    'is \\ said',
    ...['version', 'replica', 'dependency', 'load', 'machine', 'none'],
  ]);
  expect(version?.match(/[\d·]/g)).toEqual(['1', ...'·····']);
  expect(replica?.match(/[\d·]/g)).toEqual(['1', ...'·····']);
});

it('keeps the published figures: one wrong in twenty, hardly any innocent called a bad release, none missed', () => {
  const right = [...told('version', 'version', 14), ...told('machine', 'machine', 6)];
  expect(missed(right)).toEqual([]);
  expect(missed([...right, ...told('load', 'dependency')])).toEqual([]);
  expect(missed([...right, ...told('load', 'dependency', 2)])).toEqual(['cases attributed wrongly']);
  expect(missed([...right, ...told('none', 'version', 2)])).toContain('called a bad release, and is none');
  expect(missed([...right, ...told('version', 'replica')])).toEqual(['bad releases that were called something else']);
});

it('says nothing of no cases', () => {
  expect(missed([])).toHaveLength(3);
});
