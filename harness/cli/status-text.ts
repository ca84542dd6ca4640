import { sharedVolumeText } from '../delivery/revisions/shared-volume';
import { doubtText } from '../project/port-doubts';
import { formatPlural } from '../report/format';
import { quotedCommand } from '../core/command-line';
import { stackWords } from './compose-flags';

/** What `rollproof status` knows; `--json` prints it as it is. */
export interface StatusFacts {
  readonly project: string;
  /** Who holds the lock: a run of this folder that lives. */
  readonly holder: string | null;
  /** Who rolls out a service alone, while others may be rolled out too. */
  readonly rollouts: readonly { readonly service: string; readonly holder: string }[];
  readonly kept: { readonly command: string; readonly since: string } | null;
  /** What was edited since the stack came up: services, sections of the compose files, the configuration. */
  readonly edited: readonly string[];
  /** Named volumes, and folders and files of the machine, that a managed service or a worker writes: during a rollout two revisions do. */
  readonly sharedVolumes: readonly { readonly service: string; readonly volume: string }[];
  /** Where the stack is other than `docker compose up` would have it, and it may be felt. */
  readonly remarks: readonly string[];
  /** What stands for folders and files of the machine, for people. */
  readonly mounts: readonly string[];
  /** A guardian runs, and nobody of this folder holds the project: a run of another one does, or one that has just died. */
  readonly heldElsewhere: boolean;
  /** Somebody gives shares back when a command dies: the guardian of a run, or the keeper of a stack that was left up. */
  readonly guarded: boolean;
  readonly containers: number;
  /** Of the compose files. */
  readonly services: readonly {
    readonly name: string;
    readonly isManaged: boolean;
    readonly isWorker: boolean;
    readonly image: string | null;
    readonly isBuilt: boolean;
    readonly isPresent: boolean;
  }[];
  /** Managed services whose configured port is none that their image or the compose files name, and what those name. */
  readonly portDoubts: readonly { readonly service: string; readonly port: number; readonly others: string }[];
  readonly revisions: readonly {
    readonly label: string;
    readonly image: string;
    readonly status: string;
    readonly state: string;
    /** Percent of its service's traffic, or of its consumers; null where no front that runs knows of it, or no consumer runs. */
    readonly weight: number | null;
    /** Its rollout has not ended, and nobody goes on with it. */
    readonly isCutOff: boolean;
  }[];
  readonly otherProjects: readonly string[];
}

/** The facts for a person: where the stack stands, and the next command. */
export function statusText(facts: StatusFacts, config: string): string {
  const lines = [`${facts.project}: ${standing(facts)}`];
  const isUp = facts.kept !== null || facts.holder !== null || facts.rollouts.length > 0 || facts.heldElsewhere;
  if (isUp) {
    lines.push(
      ...facts.rollouts.map(({ service, holder }) => `  ${service} is held by ${holder}`),
      ...facts.revisions.map(({ label, status, state, weight, image }) => {
        const columns = [label.padEnd(16), status.padEnd(9), state.padEnd(9), share(weight).padStart(5), image];
        return `  ${columns.join(' ')}`;
      }),
      ...facts.revisions.flatMap(({ label, isCutOff }) =>
        isCutOff ? [`  ${label}: its rollout was cut off; the next command ends it`] : [],
      ),
    );
  } else {
    lines.push(...wouldComeUp(facts), ...nextStep(facts, config));
  }
  lines.push(...facts.portDoubts.map(({ service, port, others }) => `  ${doubtText(service, port, others)}`));
  lines.push(...edited(facts), ...facts.sharedVolumes.map((shared) => `  ${sharedVolumeText(shared)}`));
  lines.push(...facts.remarks.map((remark) => `  ${remark}`));
  lines.push(...facts.mounts.map((remark) => `  ${remark}`));
  if (facts.otherProjects.length > 0) lines.push(`also ours: ${facts.otherProjects.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

const share = (weight: number | null) => (weight === null ? '' : `${weight} %`);

function edited({ edited: names }: StatusFacts): string[] {
  if (names.length === 0) return [];
  return [
    `  edited since it came up: ${names.join(', ')}; a deploy takes over its service's definition, all else waits for the next \`up\``,
  ];
}

function standing({ holder, kept, heldElsewhere, containers }: StatusFacts): string {
  if (holder !== null) return `held by ${holder}`;
  if (heldElsewhere) return 'held by a run of another folder';
  if (kept !== null) return `kept up since ${kept.since} by \`${kept.command}\``;
  return containers === 0 ? 'not up' : `not up; ${formatPlural(containers, 'container')} of an earlier run left`;
}

function wouldComeUp({ services, portDoubts }: StatusFacts): string[] {
  const width = Math.max(...services.map(({ name }) => name.length));
  const managed = services.filter(({ isManaged }) => isManaged);
  const workers = services.filter(({ isWorker }) => isWorker);
  const others = services.length - managed.length - workers.length;
  const both = [
    formatPlural(managed.length, 'managed service'),
    ...(workers.length === 0 ? [] : [formatPlural(workers.length, 'worker')]),
  ];
  return [
    `  ${both.join(' and ')}${others === 0 ? '' : `, and ${others} beside them`}${portDoubts.length === 0 ? '; the configuration fits the compose files' : ''}`,
    ...[...managed, ...workers].map(({ name, image }) => `  ${name.padEnd(width)}  ${image ?? 'no image'}`),
  ];
}

function nextStep({ services, containers }: StatusFacts, config: string): string[] {
  const missing = services.filter(({ image, isPresent }) => image !== null && !isPresent);
  const [built, pulled] = [true, false].map((isBuilt) => missing.filter((service) => service.isBuilt === isBuilt));
  const images = [...new Set((pulled ?? []).flatMap(({ image }) => image ?? []))];
  const removal = containers === 0 ? '' : '; it removes what is left first';
  return [
    ...(built === undefined || built.length === 0 ? [] : [`built first: ${built.map(({ name }) => name).join(', ')}`]),
    ...(images.length === 0 ? [] : [`not on this engine, pulled first: ${images.join(', ')}`]),
    `bring it up with ${quotedCommand(`up ${stackWords(config)}`)}${removal}`,
  ];
}
