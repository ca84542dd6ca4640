import { Database } from '../kit/database';
import { runMain, startService } from '../kit/service';
import { databaseUrl, milliseconds, readSettings, serviceUrl } from '../kit/settings';
import { Upstream } from '../kit/upstream';
import { charges } from './charges';
import { paymentRoutes } from './payments';

runMain(async () => {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    BANK_URL: serviceUrl,
    BANK_TIMEOUT_MS: milliseconds.default(2_000),
  });
  return startService(settings, ({ logger, metrics }) => {
    const database = new Database({ url: settings.DATABASE_URL, name: settings.SERVICE_NAME, logger });
    const bank = new Upstream({
      name: 'bank',
      baseUrl: settings.BANK_URL,
      timeoutMs: settings.BANK_TIMEOUT_MS,
      breaker: true,
      onCircuit: (open) => {
        metrics.circuitOpen.set({ upstream: 'bank' }, Number(open));
        logger.warn({ upstream: 'bank', open }, 'circuit breaker');
      },
    });
    return {
      routes: paymentRoutes({ charges: charges(database), bank }),
      isReady: () => database.reachable,
      cleanUp: async () => {
        await Promise.allSettled([database.close(), bank.close()]);
      },
    };
  });
});
