/** What a `docker build` is told of this machine's network: its proxies, and its CA bundle as the secret `ca`. */
export function hostArguments(): string[];
