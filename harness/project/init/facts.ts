import type { Survey } from '../../faults/agent/survey';

/** What is known of a compose service after it was looked at for a while. */
export interface ServiceFacts {
  readonly name: string;
  readonly image: string;
  /** Its image is made from source that the project names. */
  readonly isBuilt: boolean;
  /** Container ports that the compose files publish. */
  readonly published: readonly number[];
  readonly dependsOn: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Named volumes, and folders of the machine, that it may write. */
  readonly writes: readonly string[];
  /** `done`: it ended with 0, as a job does. */
  readonly state: 'runs' | 'done' | 'failed';
  /** What was seen while it ran; connections by the service that they went to. */
  readonly seen: Pick<Survey, 'listens' | 'answers'> & {
    readonly connections: readonly { readonly to: string; readonly port: number }[];
  };
}
