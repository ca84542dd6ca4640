import { loadConfigFile } from '../contract/config-file';
import { preflight } from '../docker/client';
import { provideSupply } from '../docker/supply';
import { attach } from '../project/attach';
import { BegunStack } from '../project/begun-stack';
import { clearTheGround, requireKeptStack } from '../project/ground';
import { planStack, recallPlan } from '../project/plan';
import type { RunningStack } from '../project/running-stack';
import type { StackOptions } from '../project/stack-options';
import { bringUp } from '../project/up';
import { reconcileRun } from './reconcile-run';
import { openLoadOn } from './running-load';

/** A stack that can be taken down or left, whatever has begun of it. */
export interface Endable {
  down(): Promise<void>;
  leave(): Promise<void>;
}

/** Everything outside that a session asks: tests bring their own. */
export interface SessionParts {
  readonly loadConfig: typeof loadConfigFile;
  readonly preflight: typeof preflight;
  readonly clearTheGround: typeof clearTheGround;
  readonly requireKeptStack: typeof requireKeptStack;
  readonly provideSupply: typeof provideSupply;
  readonly planStack: typeof planStack;
  readonly recallPlan: typeof recallPlan;
  /** A new stack, or the kept one, of which nothing is held yet. */
  begin(options: StackOptions, stack: 'new' | 'existing'): { readonly ends: Endable; up(): Promise<RunningStack> };
  readonly openLoad: typeof openLoadOn;
  readonly reconcile: typeof reconcileRun;
}

export const REAL_PARTS: SessionParts = {
  loadConfig: loadConfigFile,
  preflight,
  clearTheGround,
  requireKeptStack,
  provideSupply,
  planStack,
  recallPlan,
  begin: (options, stack) => {
    const begun = stack === 'new' ? BegunStack.fresh(options) : BegunStack.kept(options);
    return { ends: begun, up: () => (stack === 'new' ? bringUp(begun) : attach(begun)) };
  },
  openLoad: openLoadOn,
  reconcile: reconcileRun,
};
