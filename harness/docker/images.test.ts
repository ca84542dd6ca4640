import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { contentDigest, type InspectedImage } from './images';

const answer = (name: string): InspectedImage =>
  JSON.parse(readFileSync(join(__dirname, 'testing', 'engine-29', `${name}.json`), 'utf8')) as InspectedImage;
const digest = (digits: string) => `sha256:${digits.repeat(32)}`;

describe('contentDigest', () => {
  it('is the same for two builds of equal content, though the containerd store gives each its own index', () => {
    const [first, again] = [answer('built'), answer('built-again')];
    expect(first.Id).not.toBe(again.Id);
    expect(contentDigest(first)).toBe(digest('c0'));
    expect(contentDigest(again)).toBe(contentDigest(first));
  });

  it('differs where the content does', () => {
    expect(contentDigest(answer('built-differently'))).not.toBe(contentDigest(answer('built')));
  });

  it('is that of the platform that runs here', () => {
    expect(contentDigest(answer('pulled-for-many-platforms'))).toBe(digest('c3'));
  });

  it('is the image’s own where there is one manifest, and the configuration’s on the classic store', () => {
    expect(contentDigest(answer('built-without-attestations'))).toBe(digest('c5'));
    expect(contentDigest(answer('classic-store'))).toBe(digest('d1'));
  });

  it('falls back to the id where no manifest fits', () => {
    expect(contentDigest({ ...answer('pulled-for-many-platforms'), Architecture: 's390x' })).toBe(digest('b1'));
  });
});
