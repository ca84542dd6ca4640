import { standAlone } from '../../docker/testing/stand-alone';
import { readSupply, supplied } from '../../docker/supply';

export interface PromtoolResult {
  readonly exitCode: number;
  readonly output: string;
}

/** Runs promtool of the Prometheus that is supplied, once for each list of arguments, in a folder with these files. */
export async function promtool(
  files: Readonly<Record<string, string>>,
  ...runs: readonly (readonly string[])[]
): Promise<PromtoolResult[]> {
  const container = await standAlone(supplied(readSupply(), 'prometheus'))
    .withWorkingDir('/rules')
    .withEntrypoint(['sleep'])
    .withCommand(['60'])
    .withCopyContentToContainer(
      Object.entries(files).map(([name, content]) => ({ content, target: `/rules/${name}`, mode: 0o644 })),
    )
    .start();
  try {
    const results: PromtoolResult[] = [];
    for (const args of runs) {
      const { exitCode, output } = await container.exec(['/bin/promtool', ...args]);
      results.push({ exitCode, output });
    }
    return results;
  } finally {
    await container.stop({ timeout: 0 });
  }
}

let major: Promise<number> | undefined;

/** The version of Prometheus that is supplied: 2 and 3 differ in what a range holds. */
export function promtoolMajor(): Promise<number> {
  major ??= promtool({}, ['--version']).then(([version]) => {
    const [, found] = /version (\d+)\./.exec(version?.output ?? '') ?? [];
    if (found === undefined) throw new Error(`promtool does not tell its version: ${version?.output}`);
    return Number(found);
  });
  return major;
}
