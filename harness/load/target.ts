import { isIP } from 'node:net';
import { HarnessError } from '../core/errors';

/** A load goes to this machine, where the stack publishes its ports, never to a stranger. @throws HarnessError `load-target-refused` */
export function checkTarget(baseUrl: string): void {
  const url = URL.parse(baseUrl);
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (url?.protocol === 'http:' && isLoopback(host)) return;
  throw new HarnessError('load-target-refused', {
    message: `no load is sent to ${baseUrl}`,
    facts: { baseUrl },
    hint: 'A load goes over http to a loopback address, where the stack publishes its ports.',
  });
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
