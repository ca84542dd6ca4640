import type { ProgressStream } from '../core/progress';

/** Moves the cursor to the first line, and clears the terminal from there. */
const FROM_THE_TOP = '\x1b[H\x1b[J';

/** Writes a text where it differs from the one before: on a terminal in place of it, elsewhere, and `below`, under it. */
export function shownWhenChanged(stream: ProgressStream): (text: string, below?: boolean) => void {
  let last: string | undefined;
  return (text, below = false) => {
    if (text === last) return;
    const inPlace = stream.isTTY === true && !below;
    const parted = last !== undefined && !below ? '\n' : '';
    stream.write(inPlace ? `${FROM_THE_TOP}${text}` : `${parted}${text}`);
    last = text;
  };
}
