import { describe, expect, it } from '@jest/globals';
import { stageName } from '../../../contract/lines/pipeline';
import { COMMIT } from '../testing/fake-ports';
import { imageLabels } from './image';
import { STAGES } from './list';
import { digestReference, pushFailed } from './push';
import { commandEnvironment } from './stage';

const built = (tag: string) => ({ tag, id: 'sha256:1', content: 'sha256:1' });
const products = {
  commit: COMMIT,
  ref: 'refs/heads/main',
  directory: '/checkout',
  images: {},
  pushed: {},
  delivered: {},
};

it('are those of the contract, in its order', () => {
  expect(STAGES.map(({ name }) => name)).toEqual(stageName.options);
});

describe('what the user’s commands find', () => {
  it('is the commit, and the images that were built, by the names of their services', () => {
    const images = { 'orders-api': built('orders-api:c'), bank: built('bank:c') };
    const environment = commandEnvironment({ ...products, images });
    expect(environment).toMatchObject({
      ...{ CI: 'true', ROLLPROOF_COMMIT: COMMIT.id, SOURCE_DATE_EPOCH: '1767323045' },
      ...{ ROLLPROOF_IMAGE_ORDERS_API: 'orders-api:c', ROLLPROOF_IMAGE_BANK: 'bank:c' },
    });
    expect(environment).not.toHaveProperty('ROLLPROOF_IMAGE');
    expect(commandEnvironment({ ...products, images: { bank: built('bank:c') } })['ROLLPROOF_IMAGE']).toBe('bank:c');
  });
});

describe('an image’s labels', () => {
  it('say which commit it was made from, and nothing that changes with the moment', () => {
    expect(imageLabels({}, products, '/srv/orders.git')).toEqual({
      'org.opencontainers.image.revision': COMMIT.id,
      'org.opencontainers.image.source': 'file:///srv/orders.git',
      'org.opencontainers.image.created': '2026-01-02T03:04:05.000Z',
    });
    const source = 'https://example.com/orders';
    expect(imageLabels({ source }, products, '/srv/orders.git')['org.opencontainers.image.source']).toBe(source);
  });
});

describe('a push', () => {
  const tag = '127.0.0.1:5000/orders:abc';
  const digest = `sha256:${'a'.repeat(64)}`;

  it('names the digest that the registry has', () => {
    const said = `The push refers to repository [127.0.0.1:5000/orders]\n1: Pushed\nabc: digest: ${digest} size: 528\n`;
    expect(digestReference(tag, said)).toBe(`127.0.0.1:5000/orders@${digest}`);
    expect(() => digestReference(tag, 'Pushed')).toThrow(expect.objectContaining({ code: 'not-what-was-tested' }));
  });

  it.each([
    ['Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused', 'registry-unreachable'],
    ['Get "https://r.example/v2/": dial tcp: lookup r.example: no such host', 'registry-unreachable'],
    ['Get "https://10.0.0.5:5000/v2/": http: server gave HTTP response to HTTPS client', 'registry-refused'],
    ['unauthorized: authentication required', 'registry-rejected'],
    ['denied: requested access to the resource is denied', 'registry-rejected'],
  ])('that ends with %j is %s', (said, code) => {
    const error = pushFailed(tag, '127.0.0.1:5000', { exitCode: 1, how: 'exit code 1' }, `first\n${said}\n`);
    expect(error).toMatchObject({ code, kind: 'cannot-run', message: expect.stringContaining('127.0.0.1:5000') });
  });

  it('that says nothing is told by how it ended', () => {
    const error = pushFailed(tag, '127.0.0.1:5000', { exitCode: null, how: 'was ended by SIGKILL' }, '');
    expect(error.message).toContain('was ended by SIGKILL');
  });
});
