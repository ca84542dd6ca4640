'use strict';

const fs = require('node:fs');

/** Where systems keep their CA bundle. A network that intercepts TLS is known to the host, never to a container. */
const CA_BUNDLES = [
  process.env.SSL_CERT_FILE,
  process.env.NODE_EXTRA_CA_CERTS,
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

/** What a `docker build` is told of this machine's network: its proxies, and its CA bundle as the secret `ca`. */
function hostArguments() {
  const proxies = PROXIES.filter((key) => process.env[key]).flatMap((key) => ['--build-arg', key]);
  const bundle = CA_BUNDLES.find((file) => file && fs.existsSync(file));
  return bundle ? [...proxies, '--secret', `id=ca,src=${bundle}`] : proxies;
}

module.exports = { hostArguments };
