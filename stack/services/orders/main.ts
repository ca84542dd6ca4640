import { Database } from '../kit/database';
import { runMain, startService } from '../kit/service';
import { databaseUrl, milliseconds, readSettings, serviceUrl } from '../kit/settings';
import { Upstream } from '../kit/upstream';
import { Canceller } from './canceller';
import { orderColumns } from './columns';
import { ordersDefect } from './defects';
import { ledger } from './ledger';
import { orderRoutes } from './orders';
import { partners } from './partners';

runMain(async () => {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    INVENTORY_URL: serviceUrl,
    PAYMENTS_URL: serviceUrl,
    INVENTORY_TIMEOUT_MS: milliseconds.default(2_000),
    PAYMENTS_TIMEOUT_MS: milliseconds.default(5_000),
    CHECKOUT_STALE_MS: milliseconds.default(20_000),
  });
  return startService(settings, ({ logger, metrics }) => {
    const database = new Database({ url: settings.DATABASE_URL, name: settings.SERVICE_NAME, logger });
    const inventory = new Upstream({
      name: 'inventory',
      baseUrl: settings.INVENTORY_URL,
      timeoutMs: settings.INVENTORY_TIMEOUT_MS,
    });
    const payments = new Upstream({
      name: 'payments',
      baseUrl: settings.PAYMENTS_URL,
      timeoutMs: settings.PAYMENTS_TIMEOUT_MS,
      breaker: true,
      onCircuit: (open) => {
        metrics.circuitOpen.set({ upstream: 'payments' }, Number(open));
        logger.warn({ upstream: 'payments', open }, 'circuit breaker');
      },
    });
    const { DATABASE_URL: databaseUrl, SHOP_DEFECT: name } = settings;
    const builtIn = ordersDefect(name, { ledger: ledger(database, orderColumns(name)), database, databaseUrl });
    const ports = { ledger: builtIn.ledger, partners: partners(inventory, payments, name) };
    const canceller = new Canceller({ ...ports, logger, staleMs: settings.CHECKOUT_STALE_MS });
    canceller.start();
    return {
      routes: orderRoutes({ ...ports, canceller }),
      isReady: () => database.reachable && builtIn.isReady(),
      cleanUp: async () => {
        await canceller.close();
        await Promise.allSettled([database.close(), inventory.close(), payments.close()]);
      },
    };
  });
});
