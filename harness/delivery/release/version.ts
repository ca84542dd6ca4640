/** What a service of a project is to a release. */
export type ServiceKind =
  /** A front stands before it, or it is a worker: its revisions are exchanged by a rollout. */
  | 'managed'
  /** It runs to its end, and others wait for that: a migration. */
  | 'job'
  /** Anything else: it can only be replaced. */
  | 'plain';

/** A service of one version of a project, as far as a release has to know it. */
export interface ServiceVersion {
  readonly kind: ServiceKind;
  /** As whoever wrote the version names it. */
  readonly image: string;
  /** Digest of what runs. */
  readonly content: string;
  /** Everything else that it is made of: definition, settings, files that it is given. Two that are equal are not released. */
  readonly madeOf: unknown;
  /** Services that have to be there first, or to have ended. */
  readonly dependsOn: readonly string[];
}

/** One version of a whole project: its services by name. */
export type ProjectVersion = Readonly<Record<string, ServiceVersion>>;
