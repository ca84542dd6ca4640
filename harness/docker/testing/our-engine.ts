import { currentContext } from '../client';

/** testcontainers knows `DOCKER_HOST` and no contexts. Its reaper comes from a registry only; what stands here is stopped by who started it. */
export function useOurEngine(environment: NodeJS.ProcessEnv = process.env): void {
  environment['TESTCONTAINERS_RYUK_DISABLED'] = 'true';
  if (environment['DOCKER_HOST'] !== undefined) return;
  const context = currentContext();
  if (context === undefined) return;
  environment['DOCKER_HOST'] = context.host;
  if (context.tlsDirectory === undefined) return;
  environment['DOCKER_TLS_VERIFY'] = '1';
  environment['DOCKER_CERT_PATH'] = context.tlsDirectory;
}
