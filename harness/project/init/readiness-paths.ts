/** Nobody serves this: who answers it well answers everything so, and shows nothing by any other path. */
export const NO_SUCH_PATH = '/rollproof-no-such-path';

/** Where services tell that they are ready, most telling first; the names are those of Kubernetes' guides, Spring Boot, Prometheus and others. */
const READINESS_PATHS = [
  ...['/readyz', '/ready', '/healthz', '/health', '/health/ready', '/livez', '/live', '/_health', '/_healthz'],
  ...['/api/health', '/api/healthz', '/actuator/health/readiness', '/actuator/health', '/-/ready', '/-/healthy'],
  ...['/status', '/ping', '/up'],
];

/** What a person asks first; it tells that a service is ready where nothing better does. */
export const HOME_PATH = '/';

/** What each port of a service is asked, in this order. */
export const ASKED_PATHS = [NO_SUCH_PATH, ...READINESS_PATHS];

/** Ports of well-known services that speak something else than HTTP: a question would only fill their logs. */
export const NOT_HTTP_PORTS = [
  ...[21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5433],
  ...[5671, 5672, 6379, 6380, 7000, 7687, 8883, 9042, 9092, 9093, 11211, 26257, 27017, 27018, 50000],
];
