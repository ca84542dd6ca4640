import { GenericContainer } from 'testcontainers';
import { LABEL } from '../labels';
import { useOurEngine } from './our-engine';
import { testProject } from './test-projects';

/**
 * A container that stands alone in a test, on the Engine that everything else runs on, under the label of a test's project: whoever cuts the
 * test off can remove it. Without network. docs/development.md says what testcontainers is for.
 */
export function standAlone(image: string): GenericContainer {
  useOurEngine();
  return new GenericContainer(image)
    .withNetworkMode('none')
    .withLabels({ [LABEL.project]: testProject('rp-stand-alone'), [LABEL.role]: 'helper' });
}
