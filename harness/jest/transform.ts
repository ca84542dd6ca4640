import { createHash } from 'node:crypto';
import type { SyncTransformer, TransformOptions } from '@jest/transform';
import { transformSync, version } from 'esbuild';

/** Reads scenarios and what they import: TypeScript as it stands, with nothing of the user's to read it. */
const transformer: SyncTransformer = {
  process: (source, path) => transformSync(source, optionsFor(path)),
  getCacheKey: (source: string, path: string, { configString }: TransformOptions) =>
    createHash('sha256').update([version, source, path, configString].join('\0')).digest('hex'),
};

function optionsFor(path: string) {
  return {
    ...({ loader: 'ts', format: 'cjs', target: 'node20', sourcefile: path } as const),
    ...({ sourcemap: 'inline', sourcesContent: false } as const),
  };
}

export default transformer;
