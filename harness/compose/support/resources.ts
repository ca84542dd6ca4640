import { working, type Support } from './support';

/** Keys of all that is no service. */
export const RESOURCE_KEYS: readonly Support[] = [
  { key: 'name', answer: 'works', why: 'the project has a name of ours, so that no stack of yours is met' },
  { key: 'include', answer: 'works', why: 'Compose resolves it' },
  { key: 'x-…', answer: 'works' },
  ...working('networks', 'attachable driver internal labels x-…'),
  { key: 'networks.name', answer: 'works', why: 'it has a name of ours' },
  {
    key: 'networks.driver_opts',
    answer: 'works',
  },
  {
    key: 'networks.driver_opts',
    when: '`com.docker.network.bridge.name`',
    answer: 'told',
    why: 'it names an interface of the machine, and is left out',
  },
  {
    key: 'networks.enable_ipv6',
    answer: 'works',
    why: 'where no subnet of its own is given or kept, it gets a unique local one',
  },
  {
    key: 'networks.external',
    answer: 'told',
    why: 'the stack gets one of its own in its place: what else is on it is not reached, and nothing there is changed',
  },
  {
    key: 'networks.ipam',
    answer: 'told',
    why: 'kept where the stack is left up, without addresses that a service has reserved being given out; in a run Docker chooses, since your own stack may have the subnet',
  },
  ...working('volumes', 'driver labels x-…'),
  { key: 'volumes.name', answer: 'works', why: 'it has a name of ours' },
  {
    key: 'volumes.external',
    answer: 'told',
    why: 'the stack gets an empty one of its own in its place; yours is neither seen nor changed, but copied where `volumes` of the configuration says so',
  },
  { key: 'volumes.driver_opts', when: 'memory, or a limit', answer: 'works' },
  {
    key: 'volumes.driver_opts',
    when: 'a folder of the machine (`o: bind`)',
    answer: 'works',
    why: 'as a mount of that folder',
  },
  { key: 'volumes.driver_opts', when: 'data elsewhere, as NFS, that is only read', answer: 'works' },
  {
    key: 'volumes.driver_opts',
    when: 'data elsewhere, as NFS, that is written',
    answer: 'refused',
    why: 'it is yours, and nothing can be laid over it; `volumes` of the configuration has it copied',
  },
  ...working('secrets', 'file name'),
  {
    key: 'secrets.environment',
    answer: 'works',
    why: 'read in your folder, from your environment and its `.env`; refused at once where it is not set',
  },
  ...working('configs', 'content file name'),
  { key: 'configs.environment', answer: 'works', why: 'as of a secret' },
];
