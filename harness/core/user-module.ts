import { isInstalled } from './package-root';

/** Imports a module of the user's, TypeScript as well, whatever Node there is and whatever their project has to read it. */
export async function importUserModule(path: string): Promise<unknown> {
  // From the source we ourselves run through something that reads TypeScript.
  if (isInstalled) await readTypeScript();
  return import(path);
}

let reading: Promise<void> | undefined;

function readTypeScript(): Promise<void> {
  return (reading ??= (async () => {
    const [esm, cjs] = await Promise.all([import('tsx/esm/api'), import('tsx/cjs/api')]);
    cjs.register();
    esm.register();
  })());
}
