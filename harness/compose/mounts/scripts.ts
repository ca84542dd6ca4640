import { CONTENT, type Layer } from './plan';

/** Where a helper has the project's volume for layers, what is the user's (read-only), and a layer itself. */
export const AT = { layers: '/layers', from: '/from', layer: '/layer' } as const;

/** What the script of a copy ends with when there is more than may be copied; it has said how much. */
export const TOO_LARGE = 3;

/** Says what something is, and where a few of the sockets in it are. */
export const LOOKS = `stat -c %F ${AT.from}; find ${AT.from} -mindepth 1 -xdev -type s | head -n 20`;

/** Folders of an overlay; the upper one is what the merged one shows of its root: owner, mode, time. */
export function overlayFolders(id: string): string {
  const upper = quoted(`${AT.layers}/${id}/upper`);
  return [
    `mkdir -p ${upper} ${quoted(`${AT.layers}/${id}/work`)}`,
    `chown --reference=${AT.from} ${upper}`,
    `chmod --reference=${AT.from} ${upper}`,
    `touch --reference=${AT.from} ${upper}`,
  ].join(' && ');
}

/** Succeeds where a layer shows what is the user's, and can be written. It is as it was afterwards. */
export const SHOWS_THE_SAME = [
  'set -e',
  'says() { (stat -c "%u %g %a" "$1" && ls -A "$1") | sha256sum; }',
  `test "$(says ${AT.from})" = "$(says ${AT.layer})"`,
  // Without an index of what was copied up, a file that has two names becomes two.
  `grep " ${AT.layer} " /proc/mounts | grep -q index=on || test -z "$(find ${AT.from} -type f -links +1 -print -quit)"`,
  `touch ${AT.layer}/.rollproof-probe && rm ${AT.layer}/.rollproof-probe && touch --reference=${AT.from} ${AT.layer}`,
].join('\n');

/** Copies a folder or a file with owners, modes, times and links, if it is not too large; whole or not at all. */
export function copyOf(folder: string, limitBytes: number): string {
  const content = quoted(`${AT.layers}/${folder}/${CONTENT}`);
  const draft = quoted(`${AT.layers}/${folder}/draft`);
  return [
    `test ! -e ${content} || exit 0`,
    `size=$(du -s --block-size=1 ${AT.from} | cut -f 1)`,
    `test "$size" -le ${limitBytes} || { echo "$size"; exit ${TOO_LARGE}; }`,
    `mkdir -p ${quoted(`${AT.layers}/${folder}`)} && rm -rf ${draft}`,
    `cp -a ${AT.from} ${draft} && mv ${draft} ${content}`,
  ].join('\n');
}

/** Copies what is in a volume into an empty one. */
export function contentOf(limitBytes: number): string {
  return [
    `size=$(du -s --block-size=1 ${AT.from} | cut -f 1)`,
    'echo "$size"',
    `test "$size" -le ${limitBytes} || exit ${TOO_LARGE}`,
    `cp -a ${AT.from}/. ${AT.layer}/`,
  ].join('\n');
}

export function emptyFolder(id: string): string {
  return `mkdir -p ${quoted(`${AT.layers}/${id}/${CONTENT}`)}`;
}

/** Makes what Compose would have made in the user's folder. */
export function missingFolders({ id, how, folders }: Pick<Layer, 'id' | 'how' | 'folders'>): string {
  const base = how === 'overlay' ? AT.layer : `${AT.layers}/${id}/${CONTENT}`;
  return `mkdir -p ${folders.map((folder) => quoted(`${base}/${folder}`)).join(' ')}`;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", `'\\''`)}'`;
}
