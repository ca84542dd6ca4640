import type { Container, ContainerCreateOptions } from 'dockerode';
import { HarnessError, errorMessage } from '../core/errors';
import { newId } from '../core/ids';
import { OWNER } from '../core/owner';
import { engine } from './client';
import { LABEL, type Role } from './labels';

export interface HelperOptions {
  readonly project: string;
  readonly image: string;
  /** Arguments of the helper's program: what it is, such as `guardian`, comes first. */
  readonly args: readonly string[];
  readonly role: Role;
  /** Default: one of its own. */
  readonly name?: string;
  /** Beside the project's and the role's. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Default: root, without rights but those given. */
  readonly user?: string;
  readonly env?: readonly string[];
  readonly hostConfig: NonNullable<ContainerCreateOptions['HostConfig']>;
}

/** Makes the container of a helper, with no network and no rights but those given. Every helper beside a stack is made here. */
export function createHelper(
  options: HelperOptions,
  more: Pick<ContainerCreateOptions, 'Entrypoint' | 'OpenStdin' | 'StdinOnce' | 'AttachStdin'> = {},
): Promise<Container> {
  const { project, image, args, role, labels, user = '0', env = [], hostConfig } = options;
  return engine().createContainer({
    name: options.name ?? `${project}-${newId(/^[a-z]+$/.exec(args[0] ?? '')?.[0] ?? 'helper')}`,
    Image: image,
    Cmd: [...args],
    User: user,
    Env: [...env],
    Labels: { ...labels, [LABEL.project]: project, [LABEL.role]: role, [LABEL.owner]: OWNER },
    ...more,
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 256 * 1024 * 1024,
      ...hostConfig,
    },
  });
}

export function didNotStart({ project, image, args }: HelperOptions, cause: unknown): HarnessError {
  return new HarnessError('helper-did-not-start', {
    message: `the ${args[0]} of ${project} did not start: ${errorMessage(cause)}`,
    facts: { project, image },
    hint: 'Is the helper image the one that this version of rollproof built?',
    cause,
  });
}
