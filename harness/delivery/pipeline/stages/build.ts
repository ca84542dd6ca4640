import { runShell, type Stage } from './stage';

export const build: Stage = {
  name: 'build',
  skipped: (pipeline) => (pipeline.build === undefined ? 'the pipeline names no command for it' : undefined),
  run: async (context) => {
    await runShell('build', context.pipeline.build ?? '', context);
    return {};
  },
};
