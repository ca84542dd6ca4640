import { expect, it } from '@jest/globals';
import { shownWhenChanged } from './shown-when-changed';

function shown(isTTY: boolean, texts: readonly string[], below?: boolean): string {
  let written = '';
  const show = shownWhenChanged({ isTTY, write: (text) => (written += text) });
  for (const text of texts) show(text, below);
  return written;
}

it('says the same thing once', () => {
  expect(shown(false, ['a\n', 'a\n', 'b\n', 'a\n'])).toBe('a\n\nb\n\na\n');
});

it('takes the place of what a terminal shows', () => {
  expect(shown(true, ['a\n', 'a\n', 'b\n'])).toBe('\x1b[H\x1b[Ja\n\x1b[H\x1b[Jb\n');
});

it('leaves JSON lines as lines, on a terminal too', () => {
  expect(shown(true, ['{}\n', '[]\n'], true)).toBe('{}\n[]\n');
});
