import type { PipelineConfig } from '../../../contract/pipeline-config';
import type { StageName } from '../../../contract/lines/pipeline';
import type { CommandEnd } from '../../../core/command';
import { HarnessError } from '../../../core/errors';
import type { PipelinePorts, Products, StageIo } from '../ports';

export const STAGE_TIMEOUT_MS = 900_000;

export interface StageContext {
  readonly pipeline: PipelineConfig;
  readonly ports: PipelinePorts;
  /** What the stages before it have made. */
  readonly products: Products;
  /** For what it runs. */
  readonly io: StageIo;
  /** Into the stage's own log. */
  readonly say: (text: string) => void;
}

export interface StageDone {
  readonly products?: Partial<Products>;
  /** What it made, for people, by name. */
  readonly made?: Readonly<Record<string, string>>;
  /** Why it failed, although it has made something. */
  readonly problem?: Error;
}

export interface Stage {
  readonly name: StageName;
  /** Why a pipeline has no such stage; `undefined` when it has. */
  readonly skipped?: (pipeline: PipelineConfig) => string | undefined;
  /** Throws when it fails. */
  readonly run: (context: StageContext) => Promise<StageDone>;
}

/** Runs a line of the user's, and throws unless it ends well. */
export async function runShell(name: StageName, line: string, context: StageContext): Promise<void> {
  const { ports, products, io, say } = context;
  say(`$ ${line}`);
  const end = await ports.shell(line, { ...io, cwd: products.directory, env: commandEnvironment(products) });
  requireSuccess(name, line, end);
}

/** @throws HarnessError `pipeline-stage-failed` */
export function requireSuccess(stage: StageName, what: string, { exitCode, how }: CommandEnd): void {
  if (exitCode === 0) return;
  throw new HarnessError('pipeline-stage-failed', {
    message: `${stage}: \`${what}\` ${how}`,
    facts: { stage, command: what, exitCode },
  });
}

/** What the user's commands find beside our own environment. */
export function commandEnvironment({ commit, ref, images }: Products): Record<string, string> {
  const built = Object.entries(images);
  return {
    CI: 'true',
    ROLLPROOF_COMMIT: commit.id,
    ROLLPROOF_REF: ref,
    SOURCE_DATE_EPOCH: String(commit.committedAtMs / 1_000),
    ...Object.fromEntries(built.map(([service, { tag }]) => [imageVariable(service), tag])),
    ...(built.length === 1 ? { ROLLPROOF_IMAGE: built[0]?.[1].tag ?? '' } : {}),
  };
}

/** `orders-api` → `ROLLPROOF_IMAGE_ORDERS_API`. */
function imageVariable(service: string): string {
  return `ROLLPROOF_IMAGE_${service.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}
