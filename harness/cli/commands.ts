import type { CommandEntry } from './program';

/** Every command, in the order of `--help`. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    about: 'begin a configuration for the compose project in this folder: brings it up, looks at it, takes it down',
    load: async () => (await import('./init.ts')).defineInit,
  },
  {
    name: 'test',
    about:
      'does the next release survive? Brings the version before up, releases the next one under load, takes it down',
    load: async () => (await import('./test.ts')).defineTest,
  },
  {
    name: 'ci',
    about: 'print the job that tries each change as a release, for the CI that you have',
    load: async () => (await import('./ci.ts')).defineCi,
  },
  {
    name: 'start',
    about: 'bring the stack up, run scenarios, write the report, take the stack down',
    load: async () => (await import('./start.ts')).defineStart,
  },
  {
    name: 'up',
    about: 'bring the stack up behind its fronts and leave it up',
    load: async () => (await import('./up.ts')).defineUp,
  },
  {
    name: 'deploy',
    about: 'deploy an image to a managed service of a stack that is up; rolls back by itself',
    load: async () => (await import('./deploy.ts')).defineDeploy,
  },
  {
    name: 'undo',
    about:
      'take a managed service back to what an earlier revision was made of: its image and its definition; straight, where that was stable before',
    load: async () => (await import('./undo.ts')).defineUndo,
  },
  {
    name: 'retry',
    about:
      'try the last rollout of a service once more that was rolled back or aborted: the same image digest, definition and strategy',
    load: async () => (await import('./retry.ts')).defineRetry,
  },
  {
    name: 'release',
    about: 'take the whole project of a stack that is up to another version; one step that fails takes everything back',
    load: async () => (await import('./release.ts')).defineRelease,
  },
  {
    name: 'pause',
    about: 'let the rollout of a service stay at its weight; the judge goes on looking',
    load: async () => (await import('./control.ts')).defineControl('pause'),
  },
  {
    name: 'resume',
    about: 'let a paused or held rollout go on',
    load: async () => (await import('./control.ts')).defineControl('resume'),
  },
  {
    name: 'promote',
    about: 'take the release for good: no more judging and holding',
    load: async () => (await import('./control.ts')).defineControl('promote'),
  },
  {
    name: 'abort',
    about: 'go back to stable, and wait until that is done',
    load: async () => (await import('./control.ts')).defineControl('abort'),
  },
  {
    name: 'history',
    about: 'how the rollouts of a service ended: who, when, which digest, and why',
    load: async () => (await import('./history.ts')).defineHistory,
  },
  {
    name: 'pipeline',
    about: 'take commits of a bare repository to production',
    load: async () => (await import('./pipeline.ts')).definePipeline,
  },
  {
    name: 'nightly',
    about: 'spend a budget on the scenarios that are least surely known, again and again; write one report',
    load: async () => (await import('./nightly.ts')).defineNightly,
  },
  {
    name: 'status',
    about: 'revisions, traffic and what is left of earlier runs',
    load: async () => (await import('./status.ts')).defineStatus,
  },
  {
    name: 'down',
    about: 'remove everything that carries our label, and nothing else; what a living run holds stays',
    load: async () => (await import('./down.ts')).defineDown,
  },
  {
    name: 'report',
    about: 'write the report of a run again, from its journal',
    load: async () => (await import('./report.ts')).defineReport,
  },
  {
    name: 'rules',
    about: 'write the production rule file from the alerts of the configuration',
    load: async () => (await import('./rules.ts')).defineRules,
  },
  {
    name: 'setup',
    about: 'bring the images that rollproof itself needs; runs by itself where a command misses them',
    load: async () => (await import('./setup.ts')).defineSetup,
  },
  {
    name: 'doctor',
    about: 'what is there of Engine, images and kernel capabilities, and what lacks; changes nothing',
    load: async () => (await import('./doctor.ts')).defineDoctor,
  },
  {
    name: 'completion',
    about: 'print the script by which a shell completes our commands and their flags',
    load: async () => (await import('./completion.ts')).defineCompletion,
  },
  {
    name: 'complete',
    about: 'say how words go on; what that script calls',
    hidden: true,
    load: async () => (await import('./completion.ts')).defineComplete,
  },
];
