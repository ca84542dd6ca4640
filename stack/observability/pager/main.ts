import { createPager } from './pager.ts';

const pager = createPager().listen(Number(process.env['PORT'] ?? 8080));
// As the first process of a container it has no default for a signal.
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    pager.close();
    pager.closeAllConnections();
  });
}
