#!/usr/bin/env node
import { programOf, run } from '../harness/cli/program';
import { addBench } from './bench/bench';
import { addErrorsPage } from './errors-page';
import { addSummarySchema } from './summary-schema';
import { addVerify } from './gates/verify';

run(
  programOf('tools', 'What only this repository needs: the gates of `npm test`, and its benchmarks.', [
    addVerify,
    addBench,
    addErrorsPage,
    addSummarySchema,
  ]),
);
