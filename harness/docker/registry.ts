import { createServer, BlockList, isIP, type AddressInfo } from 'node:net';
import { errorMessage, HarnessError } from '../core/errors';
import { poll } from '../core/poll';
import { engine, hasStatus } from './client';
import { listContainers, startContainer } from './containers';
import { LABEL } from './labels';

/** Where a registry keeps its images, in its container. */
const STORAGE = '/var/lib/registry';
const PORT = '5000/tcp';
const READY_TIMEOUT_MS = 30_000;

/** What an Engine says of registries in its `info`. */
export interface RegistryRules {
  readonly InsecureRegistryCIDRs?: readonly string[] | null;
  readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean } | undefined>> | null;
}

/** Whether an Engine speaks plain HTTP to a registry. */
export function speaksPlainly(rules: RegistryRules, registry: string): boolean {
  if (rules.IndexConfigs?.[registry]?.Secure === false) return true;
  const host = hostOf(registry);
  const address = host === 'localhost' ? '127.0.0.1' : host;
  const family = isIP(address);
  if (family === 0) return false;
  const networks = new BlockList();
  for (const cidr of rules.InsecureRegistryCIDRs ?? []) {
    const [network = '', bits = ''] = cidr.split('/');
    networks.addSubnet(network, Number(bits), isIP(network) === 6 ? 'ipv6' : 'ipv4');
  }
  return networks.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Whether an address leads back to the Engine's own machine. A registry there has no certificate. */
export function isLoopback(registry: string): boolean {
  const host = hostOf(registry);
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function hostOf(registry: string): string {
  return registry.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
}

/** @throws HarnessError `registry-refused` when the Engine would want a certificate of a registry on its own machine */
export async function requirePlainLoopback(registry: string): Promise<void> {
  if (!isLoopback(registry)) return;
  const { RegistryConfig } = (await engine().info()) as { RegistryConfig?: RegistryRules };
  if (speaksPlainly(RegistryConfig ?? {}, registry)) return;
  throw new HarnessError('registry-refused', {
    message: `the Engine would want a certificate of ${registry}, which has none`,
    facts: { registry, plainNetworks: RegistryConfig?.InsecureRegistryCIDRs ?? [] },
    hint: `Name ${registry} under "insecure-registries" in the Engine’s daemon.json, and restart it.`,
  });
}

/** What the registry of a project is labelled with. It is nobody's stack: it stays when the project's is taken down and comes up again. */
export function registryProject(project: string): string {
  return `${project}-registry`;
}

/**
 * The project's own registry, on a loopback port that it keeps: started when it is not there, or stopped. `rollproof down` removes it, with its
 * images; what was deployed from it is kept by tags of ours. Returns `host:port`.
 * @throws HarnessError `registry-unreachable`
 */
export async function ensureRegistry(project: string, image: string, signal?: AbortSignal): Promise<string> {
  const owner = registryProject(project);
  const id = (await listContainers({ project: owner }))[0]?.id ?? (await create(owner, image));
  await startContainer(id);
  const { HostConfig } = await engine().getContainer(id).inspect();
  const bindings = HostConfig.PortBindings as Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
  const address = `127.0.0.1:${bindings[PORT]?.[0]?.HostPort}`;
  await awaitAnswer(address, signal);
  return address;
}

async function create(owner: string, image: string): Promise<string> {
  const labels = { [LABEL.project]: owner, [LABEL.role]: 'registry' };
  const { id } = await engine().createContainer({
    name: owner,
    Image: image,
    Env: [
      `REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=${STORAGE}`,
      'REGISTRY_HTTP_ADDR=:5000',
      'OTEL_TRACES_EXPORTER=none',
    ],
    Labels: labels,
    ExposedPorts: { [PORT]: {} },
    HostConfig: {
      // A port that is given anew at each start would change the name of every image.
      PortBindings: { [PORT]: [{ HostIp: '127.0.0.1', HostPort: String(await freePort()) }] },
      Mounts: [
        {
          Type: 'volume',
          Source: owner,
          Target: STORAGE,
          VolumeOptions: { NoCopy: false, Labels: labels, DriverConfig: { Name: 'local', Options: {} } },
        },
      ],
      ...{ ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges'] },
      Memory: 512 * 1024 * 1024,
      RestartPolicy: { Name: 'unless-stopped' },
    },
  });
  return id;
}

/** Through the Engine, which may be on another machine: what it cannot reach, it cannot push to. */
async function awaitAnswer(address: string, signal: AbortSignal | undefined): Promise<void> {
  await poll(() => answers(address), {
    ...{ condition: `the registry ${address} answers`, timeoutMs: READY_TIMEOUT_MS, code: 'registry-unreachable' },
    ...(signal === undefined ? {} : { signal }),
  });
}

async function answers(address: string): Promise<true | undefined> {
  try {
    await engine().getImage(`${address}/rollproof:none`).distribution();
    return true;
  } catch (error) {
    // Of an image that it does not have it says so.
    if (hasStatus(error, 401, 403, 404) || /manifest unknown|not found/i.test(errorMessage(error))) return true;
    throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}
