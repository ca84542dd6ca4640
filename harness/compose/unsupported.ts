import { HarnessError } from '../core/errors';

/** A service whose definition does not fit what the configuration says of it. */
export function unsupported(
  service: string,
  reason: string,
  hint = 'Change its definition, for instance in a second compose file of `composeFiles`, or leave it out of `managed`.',
): HarnessError {
  return new HarnessError('service-unsupported', {
    message: `service ${service} is not supported: ${reason}`,
    facts: { service },
    hint,
  });
}
