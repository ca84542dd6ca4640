import { build } from './build';
import { checkout } from './checkout';
import { deploy } from './deploy';
import { image } from './image';
import { integrationTests } from './integration-tests';
import { push } from './push';
import type { Stage } from './stage';
import { unitTests } from './unit-tests';

/** In order. */
export const STAGES: readonly Stage[] = [checkout, build, unitTests, image, integrationTests, push, deploy];
