/** Replicas that a slot can hold. */
export const SERVERS_PER_SLOT = 4;

/** Prometheus' exporter, on the service's network. */
export const METRICS_PORT = 8404;
/** `/ready`, inside the container only. */
export const PROBE_PORT = 8405;
/** Where copies of users' requests come in, inside the container only. */
export const SHADOW_PORT = 8406;
/** A volume: survives the front's death. */
export const STATE_DIRECTORY = '/state';
/** In memory: new with every start, so that no dead socket is ever found. */
export const RUNTIME_DIRECTORY = '/run/front';
export const RUNTIME_SOCKET = `${RUNTIME_DIRECTORY}/runtime.sock`;

/** Labels that make a front describe itself: any process can attach to it. */
export const FRONT_LABEL = {
  port: 'rollproof.front.port',
  readiness: 'rollproof.front.readiness',
  /** Ports that are carried as TCP, with commas between. */
  tcpPorts: 'rollproof.front.tcp-ports',
  stickyBy: 'rollproof.front.sticky-by',
} as const;
