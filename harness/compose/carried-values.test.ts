import { describe, expect, it } from '@jest/globals';
import { carriedEnvironment, carryValues, namesOfValues } from './carried-values';
import type { ComposeModel } from './model';

const MODEL: ComposeModel = {
  name: 'acme',
  services: { web: { image: 'w', secrets: [{ source: 'pw' }] } },
  secrets: { pw: { environment: 'PASSWORD' }, file: { file: '/src/token' }, theirs: { external: true } },
  configs: { app: { environment: 'APP' } },
};

describe('values from the environment', () => {
  it('are asked for by the names of their variables', () => {
    expect(namesOfValues(MODEL)).toEqual(['PASSWORD', 'APP']);
  });

  it('go with the model, and come back as they were, a dollar sign too', () => {
    const carried = carryValues(MODEL, { PASSWORD: 'se$$cret', APP: '' });
    const name = carried.secrets?.['pw']?.['environment'] as string;
    expect(name).toMatch(/^ROLLPROOF_VALUE_[0-9a-f]{12}$/);
    expect(carriedEnvironment(carried)).toMatchObject({ [name]: 'se$cret' });
    expect(Object.values(carriedEnvironment(carried))).toEqual(['se$cret', '']);
    expect(carried.secrets).toMatchObject({ file: { file: '/src/token' }, theirs: { external: true } });
  });

  it('of two revisions are told apart', () => {
    const [one, two] = ['a', 'b'].map((value) => carryValues(MODEL, { PASSWORD: value, APP: 'x' }).secrets?.['pw']);
    expect(one?.['environment']).not.toBe(two?.['environment']);
  });

  it('that a service uses and nobody sets are refused; unused ones are left alone', () => {
    expect(() => carryValues(MODEL, { APP: 'x' })).toThrow(
      'secret pw, which web uses, is taken from the variable PASSWORD, and that is not set',
    );
    expect(carryValues(MODEL, { PASSWORD: 'x' }).configs).toEqual(MODEL.configs);
  });
});
