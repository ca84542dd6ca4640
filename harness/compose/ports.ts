import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { HarnessError } from '../core/errors';
import { engine } from '../docker/client';
import { LABEL } from '../docker/labels';

/** The forms in which the Engine says that a port is taken. */
const TAKEN = [
  /Bind for [^\s]*?:(\d+) failed: port is already allocated/,
  /listen tcp\d? [^\s]*?:(\d+): bind: address already in use/,
  /failed to bind (?:host )?port[^\n]*?:(\d+)[^\n]*?(?:already in use|already allocated)/,
];

/** Turns a message about a taken port into an error that names the port and, where it can be found, who holds it. */
export async function portInUse(message: string, project: string): Promise<HarnessError | undefined> {
  const port = TAKEN.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
  if (port === undefined) return undefined;
  const holder = (await holdingContainer(Number(port), project)) ?? holdingProcess(Number(port));
  return new HarnessError('port-in-use', {
    message: `port ${port} is in use${holder === undefined ? '' : ` by ${holder}`}`,
    facts: { port: Number(port), holder, project },
    hint: 'Free it, or publish another one in the compose file; a run that keeps nothing up takes free ports.',
  });
}

async function holdingContainer(port: number, project: string): Promise<string | undefined> {
  const containers = await engine()
    .listContainers()
    .catch(() => []);
  const found = containers.find(
    ({ Ports, Labels }) => Labels[LABEL.project] !== project && Ports.some(({ PublicPort }) => PublicPort === port),
  );
  return found === undefined ? undefined : `container ${found.Names[0]?.replace(/^\//, '') ?? found.Id}`;
}

/** Linux tells which socket listens, and whose file it is, if we may see that process. */
function holdingProcess(port: number): string | undefined {
  try {
    const socket = listeningSocket(port);
    return socket === undefined ? undefined : processOf(`socket:[${socket}]`);
  } catch {
    return undefined;
  }
}

function listeningSocket(port: number): string | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(1));
  return rows
    .map((row) => row.trim().split(/\s+/))
    .find((row) => row[1]?.endsWith(suffix) === true && row[3] === '0A')?.[9];
}

function processOf(file: string): string | undefined {
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const descriptors = readdirSync(`/proc/${id}/fd`);
      if (!descriptors.some((name) => readlinkSync(`/proc/${id}/fd/${name}`) === file)) continue;
      return `process ${id} (${readFileSync(`/proc/${id}/comm`, 'utf8').trim()})`;
    } catch {
      // Not ours to see, or gone meanwhile.
    }
  }
  return undefined;
}
