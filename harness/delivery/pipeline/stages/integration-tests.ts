import { HarnessError } from '../../../core/errors';
import { runShell, type Stage } from './stage';

/** The user's tests against the images that were built. */
export const integrationTests: Stage = {
  name: 'integration-tests',
  skipped: ({ integrationTests: line }) => (line === undefined ? 'the pipeline names no command for them' : undefined),
  run: async (context) => {
    const { ports, products } = context;
    for (const { tag, id } of Object.values(products.images)) {
      // Between a failure and its retry somebody may have moved or removed the tag.
      if ((await ports.image(id)) === undefined) {
        throw new HarnessError('image-not-found', {
          message: `${tag} (${id}) is not on this engine any more`,
          facts: { tag, id },
          hint: 'Retry the stage `image`.',
        });
      }
      await ports.tag(id, tag);
    }
    await runShell('integration-tests', context.pipeline.integrationTests ?? '', context);
    return {};
  },
};
