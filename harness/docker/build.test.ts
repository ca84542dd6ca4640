import { describe, expect, it } from '@jest/globals';
import { buildArguments, buildEnvironment } from './build';

const plain = { directory: '/checkout', labels: {}, tag: 'orders:abc', createdAtMs: 1_767_323_045_000 };

describe('a build', () => {
  it('is of the folder when nothing else is said', () => {
    expect(buildArguments(plain)).toEqual([
      ...['buildx', 'build', '--progress', 'plain', '--load', '--tag', 'orders:abc', '/checkout'],
    ]);
  });

  it('takes paths from the folder, and all that it is told', () => {
    const args = buildArguments({
      ...plain,
      ...{ context: 'services', dockerfile: 'services/Dockerfile', target: 'app' },
      ...{ args: { SERVICE: 'orders' }, labels: { revision: 'abc' }, secrets: { ca: '/etc/ca.pem' } },
    });
    expect(args.slice(args.indexOf('--label'))).toEqual([
      ...['--label', 'revision=abc', '--build-arg', 'SERVICE=orders', '--secret', 'id=ca,src=/etc/ca.pem'],
      ...['--target', 'app', '--file', '/checkout/services/Dockerfile', '/checkout/services'],
    ]);
  });

  it('tells nothing of the moment: the time of an image is the commit’s, and no attestation is added', () => {
    expect(buildEnvironment(plain)).toMatchObject({
      ...{ SOURCE_DATE_EPOCH: '1767323045', BUILDX_NO_DEFAULT_ATTESTATIONS: '1' },
    });
  });
});
