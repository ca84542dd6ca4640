import { HarnessError } from '../core/errors';
import { enginePlatform, inspectImage, type ImageFacts } from '../docker/images';

/**
 * What the Engine knows of an image that is to be deployed; `undefined` when it has none of that name. One for another platform is taken
 * where stable's is for the same: whoever runs that already has an emulator.
 * @throws HarnessError `image-for-another-platform`
 */
export async function runnableImage(
  image: string,
  stable: { readonly imageId: string } | undefined,
): Promise<ImageFacts | undefined> {
  const found = await inspectImage(image);
  if (found === undefined) return undefined;
  const here = await enginePlatform();
  if (found.platform === here) return found;
  if (stable !== undefined && (await inspectImage(stable.imageId))?.platform === found.platform) return found;
  throw new HarnessError('image-for-another-platform', {
    message: `image ${image} is for ${found.platform}, and this Engine runs ${here}`,
    facts: { image, platform: found.platform, engine: here },
    hint: `Build it with \`--platform ${here}\`. Nothing was changed.`,
  });
}
