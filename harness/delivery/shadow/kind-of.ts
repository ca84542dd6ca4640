/** A segment of a path with a digit in it is the name of one thing among many; but `v1` is a version. */
function isOneOfMany(segment: string): boolean {
  return /\d/.test(segment) && !/^v\d+$/.test(segment);
}

/** What stands for the name of one thing among many. */
const ID = '{id}';

/** The kind that a request is of, by its method and path: `GET /orders/{id}`, without what it asks for beside. */
export function kindOf({ method, path }: { readonly method: string; readonly path: string }): string {
  const [bare = ''] = path.split(/[?#]/);
  const segments = bare.split('/').map((segment) => (isOneOfMany(segment) ? ID : segment));
  return `${method} ${segments.join('/')}`;
}

/** A key of a JSON object as it stands in a path: objects that are maps by some id have the same one for all of theirs. */
export function keyInPath(key: string): string {
  if (/^[A-Za-z_$][\w$-]*$/.test(key) && !/\d{3}/.test(key)) return `.${key}`;
  return isOneOfMany(key) ? `.${ID}` : `[${JSON.stringify(key)}]`;
}
