#!/usr/bin/env node
import { programOf, run } from '../harness/cli/program';
import { addBench } from './bench/bench';
import { addMatrixTable } from './matrix-table';
import { addComposePage } from './compose-page';
import { addErrorsPage } from './errors-page';
import { addSummarySchema } from './summary-schema';
import { addVerify } from './gates/verify';
import { addNightly } from './nightly/nightly';
import { addKeepImages } from './workflows/keep-images';

run(
  programOf('tools', 'What only this repository needs: the gates of `npm test`, its benchmarks, its nightly job.', [
    addVerify,
    addBench,
    addNightly,
    addKeepImages,
    addMatrixTable,
    addErrorsPage,
    addComposePage,
    addSummarySchema,
  ]),
);
