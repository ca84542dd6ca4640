import { expect, it } from '@jest/globals';
import { failedBuild } from './provide-images';

it('reads whose build failed from what the builder said', () => {
  const lines = [
    '#7 [web 2/3] RUN true',
    '#9 ERROR: exit code: 1',
    '------',
    ' > [api builder 2/2] RUN false:',
    '------',
  ];
  expect(failedBuild(lines, ['web', 'api'])).toEqual(['api']);
});

it('names all that were built where the builder does not say', () => {
  expect(failedBuild(['failed to solve'], ['web', 'api'])).toEqual(['web', 'api']);
});
