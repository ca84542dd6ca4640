import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Clerk } from './clerk';
import type { Fence, Page } from './fence';

/** A book in memory; a fence that is not checked lets everybody write. */
function book({ isChecked }: { readonly isChecked: boolean }) {
  const pages: Page[] = [];
  let highest = 0;
  const fence: Fence = {
    take: async () => (highest += 1),
    lastPage: async () => pages.length,
    write: async (page) => {
      if (isChecked && page.token !== highest) return false;
      pages.push(page);
      return true;
    },
  };
  return { fence, pages };
}

const clerk = (fence: Fence, holder: string) =>
  new Clerk({ fence, holder, pageEveryMs: 1, logger: pino({ level: 'silent' }) });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

it('writes no page after another one has begun, and says that it may not', async () => {
  const { fence, pages } = book({ isChecked: true });
  const [old, now] = [clerk(fence, 'old'), clerk(fence, 'now')];
  old.start();
  await until(() => pages.length >= 2);
  now.start();
  await until(() => pages.filter(({ holder }) => holder === 'now').length >= 2);
  await until(() => old.isFenced);
  await Promise.all([old.close(), now.close()]);
  expect(now.isFenced).toBe(false);
  const tokens = pages.map(({ token }) => token);
  expect(tokens).toEqual([...tokens].sort());
});

it('goes on with the same token after the database was away', async () => {
  const { fence, pages } = book({ isChecked: true });
  let failures = 1;
  const own = clerk(
    { ...fence, write: (page) => (failures-- > 0 ? Promise.reject(new Error('away')) : fence.write(page)) },
    'own',
  );
  own.start();
  await until(() => pages.length >= 2);
  await own.close();
  expect(pages.map(({ token }) => token)).toEqual(pages.map(() => 1));
});
