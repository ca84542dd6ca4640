import { setTimeout as sleep } from 'node:timers/promises';
import { hostname } from 'node:os';
import { Database } from '../kit/database';
import { runMain, startService } from '../kit/service';
import { databaseUrl, milliseconds, readSettings } from '../kit/settings';
import { Clerk } from './clerk';
import { fence } from './fence';

/** When the defect `unfenced` begins a second time, as after a connection that it believes to have lost. */
const AGAIN_AFTER_MS = 1_000;

/** Keeps the books of the shop: a page every so often. There may be one of it. */
runMain(async () => {
  const settings = readSettings({ DATABASE_URL: databaseUrl, PAGE_EVERY_MS: milliseconds.default(100) });
  return startService(settings, ({ logger }) => {
    const { SERVICE_NAME: name, ROLLPROOF_REVISION: revision, PAGE_EVERY_MS: pageEveryMs } = settings;
    const database = new Database({ url: settings.DATABASE_URL, name, logger });
    const isUnfenced = settings.SHOP_DEFECT === 'unfenced';
    const own = fence(database, { revision, isChecked: !isUnfenced });
    const clerk = (holder: string) => new Clerk({ fence: own, holder, pageEveryMs, logger });
    const clerks = [clerk(hostname()), ...(isUnfenced ? [clerk(`${hostname()}-again`)] : [])];
    clerks.forEach((each, index) => void sleep(index * AGAIN_AFTER_MS).then(() => each.start()));
    return {
      routes: {},
      isReady: () => database.reachable && clerks.every(({ isFenced }) => !isFenced),
      cleanUp: async () => {
        await Promise.all(clerks.map((each) => each.close()));
        await database.close();
      },
    };
  });
});
