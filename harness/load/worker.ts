/** The program of the load's own process: sends, writes the ledger, and reports over the IPC channel. */
import { after, every, wallMs } from '../core/clock';
import { errorMessage, isHarnessError } from '../core/errors';
import { runBeforeOthers } from '../core/priority';
import { loadConfigFile } from '../contract/config-file';
import type { WrongAnswer } from '../contract/wrong-answer';
import { Generator } from './generator';
import { LedgerWriter } from './ledger';
import type { WorkerCommand, WorkerOptions, WorkerReport } from './protocol';

const COUNTS_EVERY_MS = 250;
const WINDOW_MS = 1_000;
/** Wrong answers wait so long for company: a stack that answers all wrongly would send a message for each. */
const WRONG_EVERY_MS = 20;
/** When the harness has died, what is in flight may still end for so long. */
const ORPHAN_DRAIN_MS = 2_000;

let generator: Generator | undefined;
let ledger: LedgerWriter | undefined;
let wrong: WrongAnswer[] = [];
let leaving = false;

function report(message: WorkerReport, onSent: () => void = () => undefined): void {
  // A failure to send means that the harness is gone; `disconnect` says so too, and ends us.
  if (process.connected) process.send?.(message, undefined, undefined, onSent);
  else onSent();
}

function fail(error: unknown): void {
  const { code, hint } = isHarnessError(error) ? error : { code: 'load-failed' as const, hint: undefined };
  report({ type: 'failed', code, message: errorMessage(error), ...(hint === undefined ? {} : { hint }) });
}

async function start(options: WorkerOptions): Promise<void> {
  const { config } = await loadConfigFile(options.configPath);
  const writer = new LedgerWriter(options.ledgerPath);
  const running = new Generator(options, config.load.requests, {
    onEnd: (line) => writer.append(line),
    onWrong: tellSoon,
    onError: fail,
  });
  ledger = writer;
  generator = running;
  report({ type: 'started', atMs: running.startedAtMs });
  every(COUNTS_EVERY_MS, () => {
    writer.flush();
    report({ type: 'counts', atMs: wallMs(), counts: running.counts() });
  });
  every(WINDOW_MS, () => report({ type: 'window', window: running.closeWindow() }));
}

function tellSoon(answer: WrongAnswer): void {
  wrong.push(answer);
  if (wrong.length === 1) after(WRONG_EVERY_MS, tellWrong);
}

function tellWrong(): void {
  if (wrong.length === 0) return;
  report({ type: 'wrong', answers: wrong });
  wrong = [];
}

async function leave(drainMs: number): Promise<void> {
  if (leaving) return;
  leaving = true;
  await generator?.drain(drainMs);
  tellWrong();
  ledger?.close();
  const exit = () => process.exit(0);
  if (generator === undefined) return exit();
  report({ type: 'window', window: generator.closeWindow() });
  report({ type: 'stopped', summary: generator.summary() }, exit);
}

process.on('message', (command: WorkerCommand) => {
  switch (command.type) {
    case 'start':
      return void start(command.options).catch(fail);
    case 'stop':
      return void leave(command.drainMs);
  }
});

process.on('disconnect', () => void leave(ORPHAN_DRAIN_MS));

// The terminal's Ctrl-C and hang-up reach the whole process group. The harness decides when the load ends.
process.on('SIGINT', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGTERM', () => void leave(ORPHAN_DRAIN_MS));

// A busy machine then shows in the stack's answers, not in when they were asked for.
runBeforeOthers();
