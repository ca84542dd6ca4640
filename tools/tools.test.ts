import { expect, it } from '@jest/globals';
import { programOf } from '../harness/cli/program';
import { helpOf } from '../harness/cli/testing/help-of';
import { addBench } from './bench/bench';
import { BENCHMARKS } from './bench/benchmarks';
import { addVerify } from './gates/verify';
import { addNightly } from './nightly/nightly';

const program = programOf('tools', '', [addVerify, addBench, addNightly]);

it.each([
  ['verify', 'npm test'],
  ['bench', 'npm run bench'],
  ['nightly', 'npm run nightly'],
])('%s --help has an example, and the exit codes', (name, command) => {
  const help = helpOf(program, name);
  expect(help).toContain(`$ ${command}`);
  for (const code of ['0', '1', '2', '130']) expect(help).toMatch(new RegExp(`\\n  ${code} +\\w`));
});

it('bench --help lists every measurement with its title, and marks the nightly ones', () => {
  const help = helpOf(program, 'bench');
  for (const [name, { title, nightly = false }] of Object.entries(BENCHMARKS)) {
    const line = help.split('\n').find((candidate) => candidate.startsWith(`  ${name} `));
    expect(line).toContain(title);
    expect(line?.includes('(nightly)')).toBe(nightly);
  }
});
