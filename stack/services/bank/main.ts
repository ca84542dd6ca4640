import { runMain, startService } from '../kit/service';
import { milliseconds, readSettings } from '../kit/settings';
import { bankRoutes } from './bank';

runMain(async () => {
  const settings = readSettings({ BANK_LATENCY_MS: milliseconds.default(5) });
  return startService(settings, () => ({ routes: bankRoutes(settings.BANK_LATENCY_MS) }));
});
