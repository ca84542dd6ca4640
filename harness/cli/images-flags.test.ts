import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { imagesAsked, imagesWords, withImages, type ImagesWords } from './images-flags';

const read = (...words: string[]) => {
  const command = withImages(new Command());
  command.parse(words, { from: 'user' });
  return command.opts<ImagesWords>();
};

describe('the flags for images', () => {
  it('ask for nothing where none is given', () => {
    expect(imagesAsked(read())).toEqual({});
  });

  it.each<[string[], object]>([
    [['--build'], { build: 'always' }],
    [['--no-build'], { build: 'never' }],
    [['--build', '--pull'], { build: 'always', pull: true }],
  ])('%p', (words, asked) => {
    expect(imagesAsked(read(...words))).toEqual(asked);
    expect(imagesWords(read(...words))).toEqual(words);
  });
});
