import { describe, expect, it } from '@jest/globals';
import { projectRepository, revisionImage } from '../core/image-names';
import { checkOwnNames } from './own-names';
import type { ComposeModel } from './model';

describe('the names of our own', () => {
  const managed = { managed: ['api'], workers: [] };
  const check = (services: ComposeModel['services'], volumes: ComposeModel['volumes'] = {}) =>
    checkOwnNames({ name: 'acme', services: { api: { image: 'api' }, ...services }, volumes }, managed);

  it.each([
    ['a service', { 'api-r1': { image: 'x' } }, /^service api-r1: .* revisions of api are called/],
    ['a service with a later number', { 'api-r12': { image: 'x' } }, /^service api-r12/],
    ['a container name', { db: { image: 'x', container_name: 'api-r2' } }, /^container name of db api-r2/],
    ['an alias', { db: { image: 'x', networks: { default: { aliases: ['api-r3'] } } } }, /^alias of db api-r3/],
  ])('are not to be %s of the user’s', (_what, services, message) => {
    expect(() => check(services as ComposeModel['services'])).toThrow(message);
  });

  it('are not to be a volume of the user’s', () => {
    expect(() => check({}, { 'rollproof-front-api': null })).toThrow(/^volume rollproof-front-api: .* front of api/);
  });

  it.each(['secrets', 'configs'])('are not to be of the user’s %s', (kind) => {
    const model = (name: string) => ({ name: 'acme', services: { api: { image: 'api' } }, [kind]: { [name]: null } });
    expect(() => checkOwnNames(model('api-r1.token'), managed)).toThrow(/^(secret|config) api-r1.token: .* of api/);
    expect(() => checkOwnNames(model('api-r1'), managed)).not.toThrow();
    expect(() => checkOwnNames(model('api-rx.token'), managed)).not.toThrow();
  });

  it('are those of a worker’s revisions too, which has no front', () => {
    const worker = { managed: [], workers: ['api'] };
    const model = (services: ComposeModel['services']) => ({
      name: 'acme',
      services,
      volumes: { 'rollproof-front-api': null },
    });
    expect(() => checkOwnNames(model({ 'api-r1': { image: 'x' } }), worker)).toThrow(/^service api-r1/);
    expect(() => checkOwnNames(model({ api: { image: 'x' } }), worker)).not.toThrow();
  });

  it('are those of what stands for folders of the machine', () => {
    expect(() => check({}, { 'rollproof-mount-1': null })).toThrow(/volume rollproof-mount-1: rollproof needs/);
    expect(() => check({}, { mount: null })).not.toThrow();
  });

  it('are none of those that only look like them', () => {
    const services = Object.fromEntries(
      ['front-api', 'api-r', 'api-rx', 'api-r1a', 'api-rest', 'web-r1', 'my-api-r1'].map((name) => [
        name,
        { image: 'x' },
      ]),
    );
    expect(() => check(services, { 'front-api': null, 'api-r1': null })).not.toThrow();
  });
});

describe('the tag of a revision’s image', () => {
  /** The grammar of the distribution project, with the tag's. */
  const REFERENCE =
    /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+:[\w][\w.-]{0,127}$/;

  it('says project, service and number', () => {
    expect(revisionImage('rp-shop-1a2b3c', 'orders', 2)).toBe('rollproof/rp-shop-1a2b3c/orders:r2');
  });

  it.each(['Orders', 'api_', '-api', 'a..b', 'api___v2', '...', 'web.site', 'ORDERS'])(
    'is a valid one for the service %s',
    (service) => expect(revisionImage('rp-shop--1', service, 12)).toMatch(REFERENCE),
  );

  it('is another one for each service, also for those that a repository cannot tell apart', () => {
    const tags = ['orders', 'Orders', 'ORDERS', 'a.b', 'a..b', 'a-b'].map((name) => revisionImage('rp-x', name, 1));
    expect(new Set(tags).size).toBe(tags.length);
    for (const tag of tags) expect(tag.startsWith(projectRepository('rp-x'))).toBe(true);
  });
});
