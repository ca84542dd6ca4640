import { describe, expect, it } from '@jest/globals';
import { imageSteps, withOwnImages, type ImagesAsked } from './image-steps';
import type { ComposeModel, ComposeService } from './model';

const BUILD = { context: '/src' };

const modelOf = (service: ComposeService): ComposeModel =>
  withOwnImages({ name: 'rp-acme-1', services: { web: service } });

/** What is done for a service's image: `build`, `pull`, `pull or build`, `missing`, or nothing. */
function doneFor(service: ComposeService, { there, ...asked }: ImagesAsked & { readonly there: boolean }): string {
  const { build, pull, missing } = imageSteps(modelOf(service), () => there, asked);
  const words = [
    ...build.map(() => 'build'),
    ...pull.map(({ canBuild }) => (canBuild ? 'pull or build' : 'pull')),
    ...missing.map(() => 'missing'),
  ];
  return words.join(', ');
}

describe('withOwnImages', () => {
  it('calls what is only built as Compose calls it, and leaves a name of the user’s', () => {
    expect(modelOf({ build: BUILD }).services['web']?.image).toBe('rp-acme-1-web');
    expect(modelOf({ build: BUILD, image: 'acme/web:1' }).services['web']?.image).toBe('acme/web:1');
    expect(modelOf({}).services['web']).not.toHaveProperty('image');
  });
});

describe('imageSteps', () => {
  it.each<[string, ComposeService, boolean, string]>([
    ['an image that is there', { image: 'a' }, true, ''],
    ['an image that is not there', { image: 'a' }, false, 'pull'],
    ['what is only built, whether it is there or not', { build: BUILD }, true, 'build'],
    ['a named image with a build that is there', { image: 'a', build: BUILD }, true, ''],
    ['a named image with a build that is not there', { image: 'a', build: BUILD }, false, 'pull or build'],
    ['pull_policy always', { image: 'a', pull_policy: 'always' }, true, 'pull'],
    ['pull_policy daily', { image: 'a', pull_policy: 'daily' }, true, 'pull'],
    ['pull_policy missing', { image: 'a', pull_policy: 'missing' }, true, ''],
    ['pull_policy never, there', { image: 'a', pull_policy: 'never' }, true, ''],
    ['pull_policy never, not there', { image: 'a', pull_policy: 'never' }, false, 'missing'],
    ['pull_policy never with a build', { image: 'a', pull_policy: 'never', build: BUILD }, false, 'build'],
    ['pull_policy build', { image: 'a', pull_policy: 'build', build: BUILD }, true, 'build'],
    ['pull_policy build without one', { image: 'a', pull_policy: 'build' }, false, 'missing'],
  ])('%s', (_, service, there, expected) => {
    expect(doneFor(service, { there })).toBe(expected);
  });

  it('builds nothing when that is asked, and says what is missing then', () => {
    expect(doneFor({ build: BUILD }, { there: true, build: 'never' })).toBe('');
    expect(doneFor({ build: BUILD }, { there: false, build: 'never' })).toBe('missing');
    expect(doneFor({ image: 'a', build: BUILD }, { there: false, build: 'never' })).toBe('pull');
  });

  it('builds all that can be built when that is asked', () => {
    expect(doneFor({ image: 'a', build: BUILD }, { there: true, build: 'always' })).toBe('build');
    expect(doneFor({ image: 'a' }, { there: true, build: 'always' })).toBe('');
  });

  it('looks for newer images when that is asked, never for one that is only ours or that must not be pulled', () => {
    expect(doneFor({ image: 'a' }, { there: true, pull: true })).toBe('pull');
    expect(doneFor({ image: 'a', pull_policy: 'never' }, { there: true, pull: true })).toBe('');
    expect(doneFor({ build: BUILD }, { there: true, pull: true })).toBe('build');
  });
});
