import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** An image that setup supplied on this machine; `otherwise` where it has not run. */
export function supplied(component: string, otherwise: string): string {
  const path = resolve('.rollproof', 'images.json');
  if (!existsSync(path)) return otherwise;
  const images = JSON.parse(readFileSync(path, 'utf8')) as Readonly<Record<string, { readonly image: string }>>;
  return images[component]?.image ?? otherwise;
}
