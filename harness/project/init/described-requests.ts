import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A read that a file of the project tells of. */
export interface DescribedRequest {
  readonly path: string;
  /** How often it comes, against the others. */
  readonly weight: number;
  /** The file. */
  readonly from: string;
}

/** More would make a configuration that nobody reads. */
const REQUESTS_MAX = 12;

const OPENAPI_NAMES = /^(?:openapi|swagger)\.(?:json|ya?ml)$/i;
const FOLDERS = ['.', 'api', 'docs', 'openapi'];

const openapi = z.looseObject({
  paths: z.record(z.string(), z.looseObject({ get: z.looseObject({}).optional() })),
  servers: z.array(z.looseObject({ url: z.string() })).optional(),
  basePath: z.string().optional(),
});
const har = z.object({
  log: z.object({
    entries: z.array(
      z.looseObject({
        request: z.looseObject({ method: z.string(), url: z.string() }),
        response: z.looseObject({ status: z.number() }),
      }),
    ),
  }),
});

/** The reads that an OpenAPI description or a recording of a browser (HAR) in a project's folder tells of, most frequent first. */
export function describedRequests(directory: string): DescribedRequest[] {
  const files = FOLDERS.filter((folder) => existsSync(join(directory, folder))).flatMap((folder) =>
    readdirSync(join(directory, folder)).map((name) => (folder === '.' ? name : join(folder, name))),
  );
  const found = files.flatMap((file) => {
    const name = file.split('/').at(-1) ?? '';
    if (!OPENAPI_NAMES.test(name) && !name.endsWith('.har')) return [];
    const value = readOrNothing(join(directory, file));
    const paths = name.endsWith('.har') ? recorded(value) : described(value);
    return paths.map((one) => ({ ...one, from: file }));
  });
  const unique = found.filter(({ path }, at) => found.findIndex((one) => one.path === path) === at);
  return unique.toSorted((a, b) => b.weight - a.weight).slice(0, REQUESTS_MAX);
}

type Weighed = Pick<DescribedRequest, 'path' | 'weight'>;

/** Reads that need nothing filled in. */
function described(value: unknown): Weighed[] {
  const { data } = openapi.safeParse(value);
  if (data === undefined) return [];
  const base = data.basePath ?? pathOf(data.servers?.[0]?.url ?? '') ?? '';
  return Object.entries(data.paths)
    .filter(([path, { get }]) => get !== undefined && !path.includes('{') && path.startsWith('/'))
    .map(([path]) => ({ path: `${base.replace(/\/$/, '')}${path}`, weight: 1 }));
}

function recorded(value: unknown): Weighed[] {
  const { data } = har.safeParse(value);
  const counts = new Map<string, number>();
  for (const { request, response } of data?.log.entries ?? []) {
    const path = request.method === 'GET' && response.status < 300 ? pathOf(request.url) : undefined;
    if (path !== undefined) counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return [...counts].map(([path, weight]) => ({ path, weight }));
}

function pathOf(url: string): string | undefined {
  if (url.startsWith('/')) return url;
  if (!URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** A file that is something else, whatever it is called, tells of nothing. */
function readOrNothing(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
