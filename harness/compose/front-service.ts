import type { ManagedService } from '../contract/config';
import { HarnessError } from '../core/errors';
import {
  FRONT_LABEL,
  METRICS_PORT,
  PROBE_PORT,
  RUNTIME_DIRECTORY,
  SHADOW_PORT,
  STATE_DIRECTORY,
} from './front-container';
import { frontVolume } from './own-names';
import type { ComposePort, ComposeService, ComposeServiceNetwork } from './model';

/** HAProxy's user in either supply of the image. */
const FRONT_USER_ID = 99;

/** On which a front listens for us. */
const OWN_PORTS: readonly number[] = [METRICS_PORT, PROBE_PORT, SHADOW_PORT];

/** Lowest port that an ordinary user may bind without the sysctl below. */
const UNPRIVILEGED_PORT_MIN = 1_024;

export interface FrontServiceOptions {
  readonly service: string;
  readonly config: ManagedService;
  readonly image: string;
  readonly networks: Readonly<Record<string, ComposeServiceNetwork | null>>;
  readonly ports: readonly ComposePort[];
  /** Its TCP ports beside the one of the configuration. */
  readonly tcpPorts: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
  /** What the service itself waits for. */
  readonly dependsOn: ComposeService['depends_on'];
}

/**
 * The compose definition of a front. It knows nothing of revisions, so that `up` never recreates it when one is added. It waits for what
 * its service waits for: started earlier, it would only take the processor from what others wait for.
 */
export function frontService(options: FrontServiceOptions): ComposeService {
  const { service, config, tcpPorts } = options;
  const all = [config.port, ...tcpPorts];
  const taken = all.find((port) => OWN_PORTS.includes(port));
  if (taken !== undefined) {
    throw new HarnessError('service-unsupported', {
      message: `service ${service} is not supported: port ${taken} is the front's own`,
      facts: { service, port: taken },
      hint: 'Let the service listen on another port, or leave it out of `managed`.',
    });
  }
  return {
    image: options.image,
    pull_policy: 'never',
    entrypoint: ['front-start'],
    command: [],
    user: `${FRONT_USER_ID}:${FRONT_USER_ID}`,
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    restart: 'always',
    stop_signal: 'SIGTERM',
    stop_grace_period: '5s',
    mem_limit: '134217728',
    // Every request passes here: on a busy machine the front goes before what it measures.
    cpu_shares: 8192,
    volumes: [{ type: 'volume', source: frontVolume(service), target: STATE_DIRECTORY, volume: {} }],
    tmpfs: [`${RUNTIME_DIRECTORY}:uid=${FRONT_USER_ID},gid=${FRONT_USER_ID},mode=0700,size=256k`],
    networks: options.networks,
    ...(options.dependsOn === undefined ? {} : { depends_on: options.dependsOn }),
    ...(options.ports.length === 0 ? {} : { ports: options.ports }),
    ...(Math.min(...all) < UNPRIVILEGED_PORT_MIN ? { sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' } } : {}),
    healthcheck: {
      // The probe itself waits for a usable slot, so that a start costs one exec and not one a tick. Each exec costs the machine some
      // 65 ms of a core: once a front was ready, nobody acts on its health, and the harness asks HAProxy itself.
      test: ['CMD', 'front-probe'],
      interval: '30s',
      timeout: '20s',
      retries: 2,
      start_period: '300s',
      start_interval: '200ms',
    },
    labels: {
      ...options.labels,
      [FRONT_LABEL.port]: String(config.port),
      [FRONT_LABEL.readiness]: config.readiness,
      ...(tcpPorts.length === 0 ? {} : { [FRONT_LABEL.tcpPorts]: tcpPorts.join(',') }),
      ...(config.stickyBy === undefined ? {} : { [FRONT_LABEL.stickyBy]: JSON.stringify(config.stickyBy) }),
    },
  };
}
