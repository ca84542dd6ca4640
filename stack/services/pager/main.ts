import { runMain, startService } from '../kit/service';
import { readSettings } from '../kit/settings';
import { pagerRoutes } from './pager';

/** Alertmanager sends all alerts of a group in one request. */
const BODY_LIMIT_BYTES = 1024 * 1024;

runMain(async () =>
  startService(readSettings({}), () => ({ routes: pagerRoutes(), bodyLimitBytes: BODY_LIMIT_BYTES })),
);
