import { runMain, startService } from '../kit/service';
import { milliseconds, readSettings, serviceUrl } from '../kit/settings';
import { Upstream } from '../kit/upstream';
import { carts } from './cart';
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
    const upstreams = {
      checkouts: new Upstream({ name: 'orders', baseUrl: ORDERS_URL, timeoutMs: CHECKOUT_TIMEOUT_MS }),
      orders: new Upstream({ name: 'orders', baseUrl: ORDERS_URL, timeoutMs: READ_TIMEOUT_MS }),
      inventory: new Upstream({ name: 'inventory', baseUrl: INVENTORY_URL, timeoutMs: READ_TIMEOUT_MS }),
    };
    return {
      routes: gatewayRoutes({ ...upstreams, carts: carts(settings.SHOP_DEFECT) }),
      cleanUp: async () => {
        await Promise.allSettled(Object.values(upstreams).map((upstream) => upstream.close()));
      },
    };
  });
});
