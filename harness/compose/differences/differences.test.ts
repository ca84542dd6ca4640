import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isHarnessError } from '../../core/errors';
import { instrument } from '../instrument';
import type { ComposeModel } from '../model';
import { RESOURCE_KEYS } from '../support/resources';
import { SERVICE_KEYS } from '../support/services';
import type { Answer } from '../support/support';
import { arbitraryProject, revisionOf } from '../testing/arbitrary-model';
import { KEPT_CASES, caseOf, casesOf, type Case } from '../testing/support-cases';
import { differences, explained, remarksOn } from './differences';

const ROWS = [...SERVICE_KEYS, ...RESOURCE_KEYS];

const unexplained = (options: Case) =>
  differences(options)
    .filter(({ rule }) => rule === undefined)
    .map(({ place, name, path, was, is }) => ({ at: [place, name, ...path].join('.'), was, is }));

/** What becomes of a project: `undefined` where it is none that instrument takes, by a mistake of the generator. */
function answerTo(options: Case): Answer {
  try {
    return remarksOn(options).length > 0 ? 'told' : 'works';
  } catch (error) {
    if (isHarnessError(error)) return 'refused';
    throw error;
  }
}

describe('what is declared of keys', () => {
  it.each(ROWS.map((row) => [`${row.key}${row.when === undefined ? '' : `: ${row.when}`}`, row] as const))(
    '%s',
    (_, row) => {
      for (const options of casesOf(row)) {
        expect(answerTo(options)).toBe(row.answer);
        if (row.answer !== 'refused') expect(unexplained(options)).toEqual([]);
      }
    },
  );

  it('has a row once, and says why wherever something is other', () => {
    const names = ROWS.map(({ key, when = '' }) => `${key} ${when}`);
    expect(new Set(names).size).toBe(names.length);
    expect(ROWS.filter(({ answer, why }) => answer !== 'works' && why === undefined)).toEqual([]);
    expect(ROWS.flatMap(casesOf).length).toBeGreaterThan(150);
  });
});

describe('differences', () => {
  it('are all explained, whatever the project', () => {
    let compared = 0;
    fc.assert(
      fc.property(arbitraryProject, ({ revisions: _theirs, ...options }) => {
        try {
          expect(unexplained(options)).toEqual([]);
          compared += 1;
        } catch (error) {
          if (!isHarnessError(error)) throw error;
        }
      }),
      { numRuns: 300, seed: 20261127 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  it('are all explained where a stack is left up, with its subnets', () => {
    expect(KEPT_CASES.flatMap(unexplained)).toEqual([]);
  });

  const options = casesOf({ key: 'services.secrets', answer: 'works' })[0] ?? caseOf({ name: 'a', services: {} });
  const own = {
    ...options,
    revisions: ['web', 'mailer'].map((service) => revisionOf(service, 1, options.model)),
  };
  const without = (record: object, key: string) =>
    Object.fromEntries(Object.entries(record).filter(([one]) => one !== key));
  const tampered: readonly (readonly [string, (made: ComposeModel) => ComposeModel])[] = [
    ...['web-r1', 'mailer-r1', 'db'].flatMap((service) =>
      ['cap_add', 'environment', 'networks'].map(
        (key) =>
          [
            `${service} loses ${key}`,
            (made: ComposeModel) => changed(made, service, (one) => without(one, key)),
          ] as const,
      ),
    ),
    ['a plain service gets another image', (made) => changed(made, 'db', (one) => ({ ...one, image: 'other' }))],
    ['a revision gets a key', (made) => changed(made, 'web-r1', (one) => ({ ...one, privileged: true }))],
    [
      'a value of the environment changes',
      (made) => changed(made, 'db', (one) => ({ ...one, environment: { A: '2' } })),
    ],
    ['a front waits for less', (made) => changed(made, 'web', (one) => without(one, 'depends_on'))],
    ['a front leaves a network', (made) => changed(made, 'web', (one) => ({ ...one, networks: {} }))],
    ['a secret is another', (made) => ({ ...made, secrets: { ...made.secrets, pw: { file: '/etc/shadow' } } })],
    ['an extension is gone', (made) => without(made, 'x-own') as unknown as ComposeModel],
  ];
  const full: ComposeModel = {
    ...options.model,
    'x-own': 1,
    services: Object.fromEntries(
      Object.entries(options.model.services).map(([name, service]) => [
        name,
        {
          ...service,
          ...{
            cap_add: ['NET_ADMIN'],
            environment: { A: '1' },
            networks: { default: { priority: 1 }, back: { priority: 1 } },
          },
          ...(name === 'web' ? { depends_on: { db: { condition: 'service_healthy' } } } : {}),
        },
      ]),
    ),
    networks: { ...options.model.networks, back: {} },
  };

  it.each(tampered)('has no rule for a mistake: %s', (_, tamper) => {
    const all = { ...own, model: full, revisions: ['web', 'mailer'].map((service) => revisionOf(service, 1, full)) };
    const made = instrument(all);
    expect(explained(all, made).filter(({ rule }) => rule === undefined)).toEqual([]);
    expect(explained(all, tamper(made)).filter(({ rule }) => rule === undefined)).not.toEqual([]);
  });
});

it('has no rule for a mount that is another than the plan says', () => {
  const [, , plain] = casesOf({ key: 'services.volumes', when: '`bind`, of what is written', answer: 'works' });
  const all = { ...(plain ?? caseOf({ name: 'acme', services: {} })), revisions: [] };
  const made = instrument(all);
  const ofDb = ({ place, rule }: ReturnType<typeof explained>[number]) => place === 'plain' && rule === undefined;
  expect(explained(all, made).filter(ofDb)).toEqual([]);
  const [first, ...others] = made.services['db']?.['volumes'] as object[];
  const wrong = (mount: object) => changed(made, 'db', (one) => ({ ...one, volumes: [mount, ...others] }));
  expect(explained(all, wrong({ ...first, source: 'other' })).filter(ofDb)).toHaveLength(1);
  expect(explained(all, wrong({ ...first, target: '/other' })).filter(ofDb)).toHaveLength(1);
});

function changed(
  made: ComposeModel,
  name: string,
  change: (service: ComposeModel['services'][string]) => ComposeModel['services'][string],
): ComposeModel {
  return { ...made, services: { ...made.services, [name]: change(made.services[name] ?? {}) } };
}

describe('remarksOn', () => {
  it('tells of an external network and volume once each, by name', () => {
    const model: ComposeModel = {
      name: 'acme',
      services: {
        web: { image: 'w', networks: { lan: null } },
        mailer: { image: 'm', networks: { lan: null } },
        db: { image: 'd', networks: { lan: null }, ports: [{ target: 5432, published: '5432' }] },
      },
      networks: { lan: { name: 'lan', external: true } },
      volumes: { data: { name: 'precious', external: true } },
    };
    expect(remarksOn(caseOf(model))).toEqual([
      'db: ports are published on 127.0.0.1 only',
      "volume data: the stack gets an empty one of its own in the place of the external one, which is neither seen nor changed; `volumes: { …: 'copy' }` in the configuration fills it from there",
      'network lan: the stack gets one of its own in the place of the external one; nothing that is there is seen or changed',
    ]);
    expect(remarksOn({ ...caseOf(model), copiedVolumes: ['data'] }).join()).not.toContain('volume data');
  });

  it('says nothing of a project in which nothing is felt', () => {
    const [plain] = casesOf({ key: 'name', answer: 'works' });
    expect(plain && remarksOn(plain)).toEqual([]);
  });
});
