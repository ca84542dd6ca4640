/** What a container is to rollproof. */
export type Role = 'front' | 'revision' | 'plain' | 'agent' | 'guardian' | 'keeper' | 'helper' | 'registry';

/** Labels on all that rollproof creates. Nothing without the project's label is ever touched. */
export const LABEL = {
  project: 'rollproof.project',
  role: 'rollproof.role',
  /** The service that a container belongs to: the managed one for fronts and revisions. */
  service: 'rollproof.service',
  revision: 'rollproof.revision',
  /** Of helpers: the process that started them. */
  owner: 'rollproof.owner',
  composeProject: 'com.docker.compose.project',
  composeService: 'com.docker.compose.service',
} as const;
