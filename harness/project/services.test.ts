import { beforeEach, expect, it, jest } from '@jest/globals';
import { errorRate } from '../alerting/kinds/error-rate';
import { TEST_ALERT, TEST_OPTIONS } from '../alerting/testing/alert';
import type { Alert } from '../contract/alerts';
import type { LoadedConfig } from '../contract/config-file';
import type { FileJournal } from '../contract/journal';
import type { RunningPlan } from './plan';

let watched: readonly string[] | undefined;
let noted: unknown[];

jest.mock('../docker/containers', () => ({ publishedEndpoint: async () => ({ host: '127.0.0.1', port: 1 }) }));
jest.mock('../observe/metrics-writer', () => ({ writeMetrics: () => async () => undefined }));
jest.mock('../observe/alert-watch', () => ({
  AlertWatch: {
    start: ({ alerts }: { readonly alerts: readonly Alert[] }) => {
      watched = alerts.map(({ name, limit }) => `${name} above ${limit}`);
      return { stop: async () => undefined };
    },
  },
}));
// After the mocks: what it imports must be them.
const { connectServices } = jest.requireActual<typeof import('./services')>('./services');

const { rules: _rules, ...CAME_UP_WITH } = TEST_ALERT;
const at = { service: 'observer', port: 80 };

async function connected(alerts: readonly Alert[], running: RunningPlan['alerts']): Promise<void> {
  const config = { observability: { prometheus: at, pager: at, jaeger: at }, alerts };
  const journal = { append: (line: unknown) => noted.push(line) } as unknown as FileJournal;
  const plan = { compression: { factor: 10 }, alerts: running } as unknown as RunningPlan;
  await connectServices({ config, project: 'p' } as unknown as LoadedConfig, plan, journal);
}

beforeEach(() => {
  watched = undefined;
  noted = [];
});

it('watches the alerts that the stack came up with, as they were then, and says which others it does not', async () => {
  const edited = errorRate({ ...TEST_OPTIONS, above: 0.5 });
  await connected([edited, errorRate({ ...TEST_OPTIONS, name: 'New' })], [CAME_UP_WITH]);
  expect(watched).toEqual(['HighErrorRate above 0.05']);
  expect(noted).toMatchObject([{ message: 'not watched, since the stack came up without: New' }]);
});

it('watches an alert that has left the configuration, and none where the stack came up without', async () => {
  await connected([], [CAME_UP_WITH]);
  expect(watched).toEqual(['HighErrorRate above 0.05']);
  expect(noted).toEqual([]);

  watched = undefined;
  await connected([TEST_ALERT], []);
  expect(watched).toBeUndefined();
});
