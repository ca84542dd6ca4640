import { expect, it } from '@jest/globals';
import { statusText, type StatusFacts } from './status-text';

const NOT_UP: StatusFacts = {
  project: 'rp-tiny-1',
  holder: null,
  rollouts: [],
  kept: null,
  edited: [],
  sharedVolumes: [],
  remarks: [],
  mounts: [],
  heldElsewhere: false,
  guarded: false,
  containers: 0,
  services: [
    { name: 'web', isManaged: true, isWorker: false, image: 'me/web:1', isBuilt: false, isPresent: true },
    { name: 'store', isManaged: false, isWorker: false, image: 'me/store:1', isBuilt: false, isPresent: true },
  ],
  portDoubts: [],
  revisions: [{ label: 'web-r1', image: 'me/web:1', status: 'stable', state: 'running', weight: 100, isCutOff: false }],
  otherProjects: [],
};
const told = (facts: Partial<StatusFacts>) => statusText({ ...NOT_UP, ...facts }, 'mine/rollproof.config.ts');

it('says of a stack that is not up what would come up, and the command', () => {
  expect(told({})).toBe(
    [
      'rp-tiny-1: not up',
      '  1 managed service, and 1 beside them; the configuration fits the compose files',
      '  web    me/web:1',
      'bring it up with `npm run up -- --config mine/rollproof.config.ts`',
      '',
    ].join('\n'),
  );
});

it('counts workers among what would come up', () => {
  const pool = { name: 'pool', isManaged: false, isWorker: true, image: 'me/pool:1', isBuilt: false, isPresent: true };
  const text = told({ services: [...NOT_UP.services, pool] });
  expect(text).toContain('  1 managed service and 1 worker, and 1 beside them; ');
  expect(text).toContain('\n  pool   me/pool:1\n');
});

it('names images that are missing, and whether they are built or pulled', () => {
  const services = NOT_UP.services.map((service) => ({ ...service, isPresent: false }));
  expect(told({ services })).toMatch(/not on this engine, pulled first: me\/web:1, me\/store:1\nbring it up/);
  const built = services.map((service) => ({ ...service, isBuilt: service.name === 'web' }));
  expect(told({ services: built })).toMatch(
    /built first: web\nnot on this engine, pulled first: me\/store:1\nbring it up/,
  );
});

it('shows the revisions of a stack that is up, and who holds it', () => {
  const kept = told({ kept: { command: 'npm run up', since: '2026-01-01T00:00:00Z' }, otherProjects: ['rp-other-1'] });
  expect(kept).toMatch(
    /^rp-tiny-1: kept up since 2026-01-01T00:00:00Z by `npm run up`\n {2}web-r1 +stable +running +100 % me\/web:1\n/,
  );
  expect(kept).toMatch(/also ours: rp-other-1\n$/);
  expect(told({ holder: '"npm start" (pid 7)' })).toContain('held by "npm start" (pid 7)');
  expect(told({ heldElsewhere: true })).toContain('held by a run of another folder');
});

it('shows the share of each revision, and of a rollout that was cut off that the next command ends it', () => {
  const kept = { command: 'npm run up', since: '2026-01-01T00:00:00Z' };
  const of = (label: string) => ({ label, image: 'me/web', status: 'candidate', state: 'running', isCutOff: false });
  const running = [
    { ...of('web-r1'), weight: 80 },
    { ...of('web-r2'), weight: 20 },
    { ...of('web-r3'), weight: null },
  ];
  const text = told({ kept, revisions: running });
  expect(text).toMatch(/web-r1 .* 80 % me\/web\n.*web-r2 .* 20 % me\/web\n.*web-r3 +candidate +running +me\/web\n/);
  expect(text).not.toContain('cut off');
  expect(told({ kept, revisions: running.map((one) => ({ ...one, isCutOff: one.label === 'web-r2' })) })).toContain(
    '\n  web-r2: its rollout was cut off; the next command ends it\n',
  );
});

it('tells what a dead run left, and that `up` removes it', () => {
  expect(told({ containers: 3 })).toMatch(/not up; 3 containers of an earlier run left[^]*removes what is left first/);
});

it('says what was edited since the stack came up, and nothing when nothing was', () => {
  const kept = { command: 'npm run up', since: '2026-01-01T00:00:00Z' };
  expect(told({ kept })).not.toContain('edited');
  expect(told({ kept, edited: ['rollproof.config.ts', 'web'] })).toContain(
    'edited since it came up: rollproof.config.ts, web; a deploy takes over',
  );
});

it('asks whether a port is right that neither image nor compose files name', () => {
  const text = told({ portDoubts: [{ service: 'web', port: 9001, others: 'the image exposes 9000' }] });
  expect(text).toContain('  is port 9001 of `managed.web` right? the image exposes 9000\n');
  expect(text).not.toContain('fits the compose files');
});

it('says where the stack is other than docker compose would have it', () => {
  expect(told({ remarks: ['db: ports are published on 127.0.0.1 only'] })).toContain(
    '  db: ports are published on 127',
  );
});

it('says which volume two revisions write during a rollout', () => {
  const sharedVolumes = [{ service: 'web', volume: 'uploads' }];
  expect(told({ sharedVolumes })).toContain('volume uploads has two writers while web is rolled out');
});

it('says what stands for folders of the machine', () => {
  const mounts = ['/srv/data (written by web): a copy stands for it'];
  expect(told({ sharedVolumes: [{ service: 'web', volume: '/srv/data' }], mounts })).toMatch(
    /what stands for \/srv\/data has two writers while web.*\n {2}\/srv\/data \(written by web\): a copy/,
  );
  expect(told({})).not.toContain('stands for');
});

it('says of each service that is rolled out alone who does it, and calls nothing of it cut off', () => {
  const kept = { command: 'npm run up', since: '2026-01-01' };
  const text = told({ kept, rollouts: [{ service: 'web', holder: '"deploy web" (pid 7)' }], guarded: true });
  expect(text).toContain('kept up since 2026-01-01');
  expect(text).toContain('\n  web is held by "deploy web" (pid 7)\n');
});
