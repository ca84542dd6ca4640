import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { chooseCompose, chosenCompose } from './compose-choice';

const NOTHING = { files: [], profiles: [], envFiles: [] };

it('is known to whoever has the environment, by paths that hold wherever that is', () => {
  const env: NodeJS.ProcessEnv = {};
  chooseCompose(
    { files: ['a.yaml', '/b.yaml'], profiles: ['web', 'debug'], envFiles: ['x.env'], projectDirectory: 'in' },
    env,
  );
  expect(chosenCompose(env)).toEqual({ files: [resolve('a.yaml'), '/b.yaml'], projectDirectory: resolve('in') });
  expect(env).toMatchObject({ COMPOSE_PROFILES: 'web,debug', COMPOSE_ENV_FILES: resolve('x.env') });
});

it('leaves the environment as it is where nothing is chosen', () => {
  const env: NodeJS.ProcessEnv = { COMPOSE_PROFILES: 'mine' };
  chooseCompose(NOTHING, env);
  expect(env).toEqual({ COMPOSE_PROFILES: 'mine' });
  expect(chosenCompose(env)).toEqual({});
});
