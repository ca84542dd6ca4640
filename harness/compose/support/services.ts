import { working, type Support } from './support';

/** Keys of a service. What is not named here is passed on as it is. */
export const SERVICE_KEYS: readonly Support[] = [
  ...working(
    'services',
    `annotations blkio_config cap_add cap_drop cgroup_parent command cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime
     cpu_shares cpus cpuset credential_spec device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint environment expose
     external_links extra_hosts gpus group_add healthcheck hostname init isolation links mem_limit mem_reservation mem_swappiness memswap_limit
     oom_kill_disable oom_score_adj pids_limit platform privileged read_only restart runtime security_opt shm_size stdin_open stop_signal
     storage_opt sysctls tmpfs tty ulimits user userns_mode working_dir`,
  ),
  {
    key: 'services.attach',
    answer: 'works',
    why: 'it says whose log a terminal shows; the logs of all are collected',
  },
  {
    key: 'services.build',
    answer: 'works',
    why: '`docker compose build` builds it from your own files, so that args, target, secrets, contexts and the rest mean what they mean there: before the stack comes up and before a release; one without `image:` each time, another when its image is missing',
  },
  { key: 'services.cgroup', when: '`host`, `private`', answer: 'works' },
  { key: 'services.configs', answer: 'works', why: 'a revision keeps those that it was made with' },
  {
    key: 'services.container_name',
    answer: 'told',
    why: 'containers are called by Compose, since two revisions run at once; the name stays a name on the network',
  },
  {
    key: 'services.depends_on',
    answer: 'works',
    why: 'who waits for a managed service waits until its front has a replica that is ready; what is in a profile that nobody chose is waited for by nobody',
  },
  {
    key: 'services.depends_on',
    when: 'on a worker',
    answer: 'refused',
    why: 'nothing runs under the name of a worker but its revisions',
  },
  { key: 'services.deploy', answer: 'works', why: 'limits and restart policies hold for each replica' },
  {
    key: 'services.deploy.replicas',
    when: 'more than 4 of a managed service',
    answer: 'refused',
    why: 'a front holds four replicas of a revision',
  },
  {
    key: 'services.develop',
    answer: 'works',
    why: 'without `--watch` nothing of it is done, as with `docker compose up`',
  },
  {
    key: 'services.env_file',
    answer: 'works',
    why: 'Compose reads it in your folder when the stack comes up or is released',
  },
  { key: 'services.extends', answer: 'works', why: 'Compose resolves it' },
  {
    key: 'services.image',
    answer: 'works',
    why: 'a revision keeps its image by a tag of ours, whatever becomes of yours',
  },
  { key: 'services.ipc', when: '`host`, `none`, `private`, `shareable`', answer: 'works' },
  {
    key: 'services.ipc',
    when: '`service:` of a managed service or a worker',
    answer: 'refused',
    why: 'its revisions come and go',
  },
  { key: 'services.label_file', answer: 'works', why: 'Compose resolves it' },
  { key: 'services.labels', answer: 'works', why: 'ours, `rollproof.…`, are beside them' },
  { key: 'services.logging', answer: 'works' },
  { key: 'services.logging', when: 'driver `none`', answer: 'told', why: 'nothing can be read afterwards' },
  {
    key: 'services.mac_address',
    when: 'of a managed service or a worker',
    answer: 'told',
    why: 'it is left out, since two revisions run at once',
  },
  { key: 'services.network_mode', when: '`none`, `bridge`, `service:` of a plain service', answer: 'works' },
  {
    key: 'services.network_mode',
    when: '`host`, of a plain service',
    answer: 'told',
    why: 'it listens on the machine itself, where another stack may; no fault can be put on it',
  },
  {
    key: 'services.network_mode',
    when: '`container:`, one outside of the stack',
    answer: 'told',
    why: 'that container must be there, and is not the stack’s',
  },
  {
    key: 'services.network_mode',
    when: '`container:` with the container name of a plain service',
    answer: 'told',
    why: 'as `service:`, since containers are called by Compose',
  },
  {
    key: 'services.network_mode',
    when: '`service:` of a managed service or a worker',
    answer: 'refused',
    why: 'its revisions come and go',
  },
  {
    key: 'services.network_mode',
    when: 'the name of a network of the machine',
    answer: 'told',
    why: 'as an external network: the stack gets one of its own in its place',
  },
  {
    key: 'services.network_mode',
    when: 'any, of a managed service',
    answer: 'refused',
    why: 'a front needs a network of the project',
  },
  { key: 'services.networks', answer: 'works', why: 'a front is on every network of its service' },
  {
    key: 'services.networks.aliases',
    answer: 'works',
    why: 'a front has them; a revision answers to its own name alone',
  },
  {
    key: 'services.networks.aliases',
    when: 'of a worker',
    answer: 'told',
    why: 'they are left out: nobody calls a worker',
  },
  {
    key: 'services.networks.ipv4_address',
    answer: 'told',
    why: 'the front has it where the stack is left up; in a run, whose subnets Docker chooses, nobody has; no revision ever takes it',
  },
  {
    key: 'services.networks.mac_address',
    when: 'of a managed service or a worker',
    answer: 'told',
    why: 'the front has it, no revision',
  },
  { key: 'services.pid', when: '`host`, `service:` of a plain service', answer: 'works' },
  {
    key: 'services.pid',
    when: '`service:` of a managed service or a worker',
    answer: 'refused',
    why: 'its revisions come and go',
  },
  {
    key: 'services.ports',
    answer: 'told',
    why: 'they are published on 127.0.0.1 only; on free ports in a run, on your own where the stack is left up',
  },
  {
    key: 'services.ports',
    when: 'of a managed service beside its own',
    answer: 'told',
    why: 'its front carries them as TCP, also those of `expose`: each new connection goes to a revision by its weight and stays there; nobody judges them',
  },
  {
    key: 'services.ports',
    when: 'UDP of a managed service',
    answer: 'refused',
    why: 'a front carries TCP alone, and under the name of the service stands its front',
  },
  {
    key: 'services.post_start',
    answer: 'works',
    why: 'Compose runs it for what it starts',
  },
  {
    key: 'services.pre_stop',
    when: 'of a managed service or a worker',
    answer: 'told',
    why: 'it is not run when a revision is taken away: Compose does not stop it',
  },
  {
    key: 'services.profiles',
    answer: 'works',
    why: 'by `COMPOSE_PROFILES`; what is in none that was chosen is not in the stack',
  },
  { key: 'services.provider', answer: 'refused', why: 'it is no container' },
  {
    key: 'services.pull_policy',
    answer: 'works',
    why: 'obeyed before the stack comes up; Compose is not left to pull later',
  },
  { key: 'services.scale', answer: 'works', why: 'of a managed service up to 4' },
  { key: 'services.secrets', answer: 'works', why: 'a revision keeps those that it was made with' },
  { key: 'services.use_api_socket', answer: 'refused', why: 'it gives a container the whole machine' },
  { key: 'services.uts', when: '`host`', answer: 'works' },
  { key: 'services.volumes_from', when: 'of a plain service', answer: 'works' },
  {
    key: 'services.volumes_from',
    when: 'of a managed service or a worker',
    answer: 'refused',
    why: 'its revisions come and go',
  },
  {
    key: 'services.volumes_from',
    when: '`container:`',
    answer: 'refused',
    why: 'those volumes are yours, not the stack’s',
  },
  { key: 'services.x-…', answer: 'works' },
];
