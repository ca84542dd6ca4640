import { setTimeout as sleep } from 'node:timers/promises';
import { Counter } from 'prom-client';
import { z } from 'zod';
import { Database } from '../kit/database';
import { defect } from '../kit/defect';
import { runMain, startService } from '../kit/service';
import { databaseUrl, milliseconds, readSettings } from '../kit/settings';
import { Consumer } from './consumer';
import { letterOf } from './letter';
import { queue } from './queue';

runMain(async () => {
  const settings = readSettings({
    DATABASE_URL: databaseUrl,
    /** How long it takes to send a letter: nobody is written to here. */
    SEND_MS: milliseconds.default(5),
    /** Letters that are sent at the same time: each needs a connection to the database of its own, and one is left for its check. */
    AT_ONCE: z.coerce.number().int().min(1).max(9).default(4),
  });
  return startService(settings, ({ logger, metrics }) => {
    const { SERVICE_NAME: name, ROLLPROOF_REVISION: revision, SHOP_DEFECT: defectName } = settings;
    const { SEND_MS: sendMs, AT_ONCE: atOnce } = settings;
    const database = new Database({ url: settings.DATABASE_URL, name, logger });
    const builtIn = defect(defectName);
    const attempts = new Counter({
      name: 'mailer_attempts_total',
      help: 'Attempts at messages, by what became of them.',
      labelNames: ['outcome'],
      registers: [metrics.registry],
    });
    const consumer = new Consumer({
      ...{ queue: queue(database, revision), logger, atOnce },
      send: async (message) => {
        letterOf(message, defectName);
        await builtIn.before(`${message.id}-${message.attempts}`);
        await sleep(sendMs);
      },
      onAttempt: ({ outcome }) => attempts.inc({ outcome }),
    });
    consumer.start();
    return {
      routes: {},
      isReady: () => database.reachable,
      cleanUp: async () => {
        await consumer.close();
        await database.close();
      },
    };
  });
});
