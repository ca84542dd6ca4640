import { expect, it, jest } from '@jest/globals';

interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly detail: string;
}
const { checkImages, groupImages } = jest.requireActual<{
  checkImages: (recorded: object, present: ReadonlyMap<string, string>) => Check[];
  groupImages: (checks: readonly Check[]) => Check[];
}>('./doctor.js');

const engine: Check = { id: 'engine', ok: true, detail: '26.1.5' };
const memory: Check = { id: 'memory', ok: true, detail: '8 GiB' };

it('tells a fresh clone in one line that its images are missing, and keeps each of them for programs', () => {
  const images = checkImages({}, new Map());
  expect(images.length).toBeGreaterThan(5);
  const names = images.map(({ id }) => id.replace('image ', '')).join(', ');
  expect(groupImages([engine, ...images, memory])).toEqual([
    engine,
    expect.objectContaining({
      id: 'images',
      ok: false,
      detail: `${images.length} of ${images.length} missing: ${names}; \`npm run setup\` builds them`,
    }),
    memory,
  ]);
});

it('leaves images that are there a line each', () => {
  const recorded = { front: { image: 'rollproof/front', id: 'sha256:1', source: 'mirror-build' } };
  const images = checkImages(recorded, new Map([['rollproof/front', 'sha256:1']]));
  const present = images.filter(({ ok }) => ok);
  expect(present).toHaveLength(1);
  expect(groupImages(present)).toEqual(present);
  expect(groupImages(images).filter(({ ok }) => ok)).toEqual(present);
});
