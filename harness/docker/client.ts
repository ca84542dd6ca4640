import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { z } from 'zod';
import { quotedCommand } from '../core/command-line';
import { HarnessError, errorMessage } from '../core/errors';

/** Oldest Engine API that knows `start_interval` of health checks. */
const API_VERSION_MIN = 1.44;

let shared: Docker | undefined;

/** The Engine: `DOCKER_HOST`, else the current `docker context`, else the default socket. One client a process. */
export function engine(): Docker {
  shared ??= new Docker(process.env['DOCKER_HOST'] === undefined ? contextOptions() : {});
  return shared;
}

/** The socket at which the Engine of this machine listens; `undefined` where the Engine is spoken to by another way, so may be on another one. */
export function engineSocket(): string | undefined {
  const host = process.env['DOCKER_HOST'] ?? currentContext()?.host ?? 'unix:///var/run/docker.sock';
  return host.startsWith('unix://') ? host.slice('unix://'.length) : undefined;
}

export interface EngineVersion {
  readonly version: string;
  readonly apiVersion: string;
}

/**
 * Asks the Engine for its version. dockerode negotiates nothing, so this is the one place where a bad match is noticed.
 * @throws HarnessError `engine-unreachable`, `engine-too-old`
 */
export async function preflight(): Promise<EngineVersion> {
  let answer: { Version: string; ApiVersion: string };
  try {
    answer = await engine().version();
  } catch (cause) {
    throw new HarnessError('engine-unreachable', {
      message: `no Docker Engine answers: ${errorMessage(cause)}`,
      hint: 'Start Docker, or set DOCKER_HOST.',
      cause,
    });
  }
  if (Number(answer.ApiVersion) < API_VERSION_MIN) {
    throw new HarnessError('engine-too-old', {
      message: `Docker Engine ${answer.Version} speaks API ${answer.ApiVersion}; needed: ${API_VERSION_MIN} (Engine 25)`,
      facts: { found: answer.ApiVersion, needed: API_VERSION_MIN },
      hint: `Update Docker; on Debian and Ubuntu ${quotedCommand('setup')} as root does.`,
    });
  }
  return { version: answer.Version, apiVersion: answer.ApiVersion };
}

const clientConfig = z.object({ currentContext: z.string().optional() });
const contextMeta = z.object({ Endpoints: z.object({ docker: z.object({ Host: z.string() }) }) });

function contextOptions(): Docker.DockerOptions {
  const context = currentContext();
  return context === undefined ? {} : { ...hostOptions(context.host), ...tlsOptions(context) };
}

/** Where a `docker context` says that its Engine is. */
export interface EngineContext {
  readonly host: string;
  /** With ca.pem, cert.pem and key.pem. Absent: it is spoken to without TLS. */
  readonly tlsDirectory?: string;
}

/**
 * The current context's Engine; `undefined` for the default one. `docker` keeps a context in a folder named by the hash of its name.
 * @throws HarnessError `engine-unreachable` when the context is not known
 */
export function currentContext(): EngineContext | undefined {
  const directory = process.env['DOCKER_CONFIG'] ?? join(homedir(), '.docker');
  const name = process.env['DOCKER_CONTEXT'] ?? configuredContext(join(directory, 'config.json'));
  if (name === undefined || name === '' || name === 'default') return undefined;
  const hash = createHash('sha256').update(name).digest('hex');
  const metaPath = join(directory, 'contexts', 'meta', hash, 'meta.json');
  if (!existsSync(metaPath)) {
    throw new HarnessError('engine-unreachable', {
      message: `docker context ${name} is not known`,
      facts: { name },
      hint: '`docker context ls` lists those that are; `docker context use default` goes back to the local one.',
    });
  }
  const host = contextMeta.parse(JSON.parse(readFileSync(metaPath, 'utf8'))).Endpoints.docker.Host;
  const tlsDirectory = join(directory, 'contexts', 'tls', hash, 'docker');
  return existsSync(join(tlsDirectory, 'ca.pem')) ? { host, tlsDirectory } : { host };
}

function configuredContext(path: string): string | undefined {
  return existsSync(path) ? clientConfig.parse(JSON.parse(readFileSync(path, 'utf8'))).currentContext : undefined;
}

function hostOptions(host: string): Docker.DockerOptions {
  const url = new URL(host);
  if (url.protocol === 'unix:') return { socketPath: url.pathname };
  const protocol = url.protocol === 'ssh:' ? 'ssh' : url.port === '2376' ? 'https' : 'http';
  return {
    host: url.hostname,
    protocol,
    ...(url.port === '' ? {} : { port: url.port }),
    ...(url.username === '' ? {} : { username: url.username }),
  };
}

function tlsOptions({ tlsDirectory }: EngineContext): Docker.DockerOptions {
  if (tlsDirectory === undefined) return {};
  const read = (name: string) => readFileSync(join(tlsDirectory, name));
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem'), protocol: 'https' };
}

/** Whether an Engine's answer says "not there", or "already so": what idempotent steps ignore. */
export function hasStatus(error: unknown, ...codes: readonly number[]): boolean {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' && codes.includes(status);
}
