import { wallIso } from '../../../core/clock';
import { repositoryName } from '../../../core/image-names';
import { HarnessError } from '../../../core/errors';
import type { PipelineConfig } from '../../../contract/pipeline-config';
import type { BuiltImage, Products } from '../ports';
import { requireSuccess, type Stage } from './stage';

export const image: Stage = {
  name: 'image',
  run: async ({ pipeline, ports, products, io, say }) => {
    const images: Record<string, BuiltImage> = {};
    for (const [service, recipe] of Object.entries(pipeline.services)) {
      const tag = `${repositoryName(service)}:${products.commit.id.slice(0, 12)}`;
      say(`building ${tag}`);
      const labels = imageLabels(pipeline, products, ports.repository.directory);
      const { directory, commit } = products;
      const end = await ports.build({ image: recipe, directory, tag, labels, createdAtMs: commit.committedAtMs }, io);
      requireSuccess('image', `docker build of ${tag}`, end);
      const built = await ports.image(tag);
      if (built === undefined) {
        throw new HarnessError('image-not-found', {
          message: `${tag} was built and is not on this engine`,
          facts: { tag },
          hint: 'Does the builder that Docker uses load its results? `docker buildx use default`.',
        });
      }
      images[service] = { tag, ...built };
    }
    const made = Object.fromEntries(Object.values(images).map(({ tag, content }) => [tag, content]));
    return { products: { images }, made };
  },
};

/** Where an image comes from: <https://github.com/opencontainers/image-spec/blob/main/annotations.md>. Nothing in it is of the moment. */
export function imageLabels(
  { source }: Pick<PipelineConfig, 'source'>,
  { commit }: Pick<Products, 'commit'>,
  repository: string,
): Record<string, string> {
  return {
    'org.opencontainers.image.revision': commit.id,
    'org.opencontainers.image.source': source ?? `file://${repository}`,
    'org.opencontainers.image.created': wallIso(commit.committedAtMs),
  };
}
