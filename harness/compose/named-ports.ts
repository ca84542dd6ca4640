import type { ComposeService } from './model';

/** The ports on which a service may listen, by who says so. */
export interface NamedPorts {
  /** `expose` and the targets of `ports`. */
  readonly compose: readonly number[];
  /** `EXPOSE` of its image. */
  readonly image: readonly number[];
}

/** The TCP ports that the compose files name for a service. */
export function composePorts({ ports = [], expose = [] }: ComposeService): number[] {
  const targets = ports.filter(({ protocol }) => protocol !== 'udp').map(({ target }) => target);
  const exposed = (Array.isArray(expose) ? expose : []).flatMap((port) => portsOf(String(port)));
  return [...new Set([...targets, ...exposed])];
}

/** The TCP ports of a managed service beside its own: its front carries them connection by connection. */
export function tcpPortsOf(service: ComposeService, own: number): number[] {
  return composePorts(service).filter((port) => port !== own);
}

/** What a person is told of them. */
export function carriedText(service: string, ports: readonly number[]): string {
  const [what, are] = ports.length === 1 ? ['port', 'is'] : ['ports', 'are'];
  return `${service}: ${what} ${ports.join(', ')} ${are} carried as TCP, by connection, and not judged`;
}

/** `9000`, `9000/tcp`, `9000-9002`. */
function portsOf(text: string): number[] {
  const [, from, to] = /^(\d+)(?:-(\d+))?(?:\/tcp)?$/.exec(text) ?? [];
  if (from === undefined) return [];
  const [first, last] = [Number(from), Number(to ?? from)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

/** Who names which ports, where somebody does and the configured one is not among them: "the image exposes 9000". */
export function otherPorts(port: number, { compose, image }: NamedPorts): string | undefined {
  if (compose.length + image.length === 0 || compose.includes(port) || image.includes(port)) return undefined;
  const said = [
    image.length > 0 && `the image exposes ${image.join(', ')}`,
    compose.length > 0 && `the compose files name ${compose.join(', ')}`,
  ];
  return said.filter((part) => part !== false).join('; ');
}
