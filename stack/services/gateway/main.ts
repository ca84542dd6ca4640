import { runMain, startService } from '../kit/service';
import { milliseconds, readSettings, serviceUrl } from '../kit/settings';
import { Upstream } from '../kit/upstream';
import { gatewayRoutes } from './gateway';

runMain(async () => {
  const settings = readSettings({
    ORDERS_URL: serviceUrl,
    INVENTORY_URL: serviceUrl,
    CHECKOUT_TIMEOUT_MS: milliseconds.default(10_000),
    READ_TIMEOUT_MS: milliseconds.default(3_000),
  });
  return startService(settings, () => {
    const { ORDERS_URL, INVENTORY_URL, CHECKOUT_TIMEOUT_MS, READ_TIMEOUT_MS } = settings;
    const ports = {
      checkouts: new Upstream({ name: 'orders', baseUrl: ORDERS_URL, timeoutMs: CHECKOUT_TIMEOUT_MS }),
      orders: new Upstream({ name: 'orders', baseUrl: ORDERS_URL, timeoutMs: READ_TIMEOUT_MS }),
      inventory: new Upstream({ name: 'inventory', baseUrl: INVENTORY_URL, timeoutMs: READ_TIMEOUT_MS }),
    };
    return {
      routes: gatewayRoutes(ports),
      cleanUp: async () => {
        await Promise.allSettled(Object.values(ports).map((upstream) => upstream.close()));
      },
    };
  });
});
