import { z } from 'zod';
import { HarnessError } from '../core/errors';
import { runCompose } from './cli';
import type { ComposeModel } from './model';

export interface ParseOptions {
  readonly files: readonly string[];
  readonly projectName: string;
  /** Variables for interpolation, over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Base of relative paths. Default: the folder of the first file. */
  readonly projectDirectory?: string;
  readonly signal?: AbortSignal;
}

/** Only what everything else rests on; compose has checked the rest against its own schema. */
const shape = z.looseObject({ name: z.string(), services: z.record(z.string(), z.looseObject({})) });

/**
 * Resolves compose files by compose itself: interpolation, anchors, includes, short forms, relative paths.
 * @throws HarnessError `compose-invalid` with compose's own message
 */
export async function parseProject(options: ParseOptions): Promise<ComposeModel> {
  const result = await runCompose({
    args: [
      ...['-p', options.projectName],
      ...options.files.flatMap((file) => ['-f', file]),
      ...(options.projectDirectory === undefined ? [] : ['--project-directory', options.projectDirectory]),
      ...['config', '--format', 'json'],
    ],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (result.exitCode !== 0) throw invalid(options.files, result.stderr.trim() || `exit code ${result.exitCode}`);
  const parsed = shape.safeParse(parseJson(result.stdout));
  if (!parsed.success) throw invalid(options.files, 'compose printed something else than a project with services');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(files: readonly string[], message: string): HarnessError {
  return new HarnessError('compose-invalid', {
    message: `${files.join(', ')}: ${message}`,
    facts: { files, composeMessage: message },
    hint: `Check it with: docker compose ${files.map((file) => `-f ${file}`).join(' ')} config`,
  });
}
