import { Database } from '../kit/database';
import { runMain, startService } from '../kit/service';
import { databaseUrl, readSettings } from '../kit/settings';
import { inventoryRoutes } from './inventory';

runMain(async () => {
  const settings = readSettings({ DATABASE_URL: databaseUrl });
  return startService(settings, ({ logger }) => {
    const database = new Database({ url: settings.DATABASE_URL, name: settings.SERVICE_NAME, logger });
    return {
      routes: inventoryRoutes(database, settings.SHOP_DEFECT),
      isReady: () => database.reachable,
      cleanUp: () => database.close(),
    };
  });
});
