import { CHECK_TIMEOUT_S } from './config';
import type { ServerStatus } from './runtime';

/**
 * What the front's last check of a replica found, as a person would say it: "connection refused on port 8080 (GET /readyz)", "answered 503 to
 * GET /readyz".
 */
export function checkWords(
  { check, checkCode, checkDetail }: Pick<ServerStatus, 'check' | 'checkCode' | 'checkDetail'>,
  { port, readiness }: { readonly port: number; readonly readiness: string },
): string {
  const asked = `GET ${readiness}`;
  const detail = checkDetail === '' ? '' : `: ${checkDetail}`;
  switch (check) {
    case 'L4CON':
      if (/refused/i.test(checkDetail)) return `connection refused on port ${port} (${asked})`;
      return `no connection to port ${port} (${asked})${detail}`;
    case 'L4TOUT':
      return `no connection to port ${port} in time (${asked})`;
    case 'L7TOUT':
      return `no answer to ${asked} within ${CHECK_TIMEOUT_S} s (port ${port})`;
    case 'L7STS':
      return `answered ${checkCode ?? 'another status than 200'} to ${asked} (port ${port})`;
    case 'L7RSP':
      return `answered ${asked} on port ${port} with something else than HTTP`;
    case '':
    case 'INI':
      return `not checked yet (${asked} on port ${port})`;
    default:
      return `the check of ${asked} on port ${port} ended ${check}${detail}`;
  }
}
