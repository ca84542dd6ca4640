import { runShell, type Stage } from './stage';

export const unitTests: Stage = {
  name: 'unit-tests',
  skipped: ({ unitTests: line }) => (line === undefined ? 'the pipeline names no command for them' : undefined),
  run: async (context) => {
    await runShell('unit-tests', context.pipeline.unitTests ?? '', context);
    return {};
  },
};
