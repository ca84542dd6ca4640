import { chmod, copyFile, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { Alert } from '../contract/alerts';
import { writeFileAtomic } from '../core/atomic-file';
import { HarnessError } from '../core/errors';
import { isRecord } from '../core/guards';
import {
  alertmanagerConfig,
  prometheusConfig,
  prometheusFlags,
  scrapeIntervalMs,
  type YamlMapping,
} from './prometheus-config';
import { formatDuration } from './durations';
import { RULE_FILE, ruleFileText } from './rule-file';

export interface AlertingFilesOptions {
  /** At production speed; without any the rule file is empty. */
  readonly alerts: readonly Alert[];
  /** Compression factor, 1 is production. */
  readonly factor: number;
  /** A project's state folder. */
  readonly outDir: string;
  /** Folder with prometheus/prometheus.yml and alertmanager/alertmanager.yml at production speed, and whatever those name. */
  readonly sourceConfigDir: string;
}

/** The targets of a stack without fronts: where there are fronts, they and the revisions are listed instead. */
const STATIC_TARGETS = 'static.json';

/**
 * Writes `<outDir>/prometheus` and `<outDir>/alertmanager` at the given speed, and returns the variables by which the observability
 * compose fragment finds them. What else lies in the source folders (rule files, templates, certificates) is copied as it is: rules of
 * the user's own run beside ours, at their own speed. Throws `alerting-config-invalid`.
 */
export async function alertingFiles(options: AlertingFilesOptions): Promise<Record<string, string>> {
  const { alerts, factor, outDir, sourceConfigDir } = options;
  const prometheusDir = join(outDir, 'prometheus');
  const alertmanagerDir = join(outDir, 'alertmanager');
  const targetsDir = join(outDir, 'targets');
  const source = {
    prometheus: join(sourceConfigDir, 'prometheus'),
    alertmanager: join(sourceConfigDir, 'alertmanager'),
  };
  const prometheus = await readYaml(join(source.prometheus, 'prometheus.yml'));
  const alertmanager = await readYaml(join(source.alertmanager, 'alertmanager.yml'));
  checkWindows(alerts, scrapeIntervalMs(prometheus));
  await copyFolder(source.prometheus, prometheusDir, ['targets', 'prometheus.yml', RULE_FILE]);
  await writeReadable(join(prometheusDir, 'prometheus.yml'), stringify(prometheusConfig(prometheus, factor)));
  await writeReadable(join(prometheusDir, RULE_FILE), ruleFileText(alerts, factor));
  await copyFolder(source.alertmanager, alertmanagerDir, ['alertmanager.yml']);
  await writeReadable(join(alertmanagerDir, 'alertmanager.yml'), stringify(alertmanagerConfig(alertmanager, factor)));
  await copyFolder(join(source.prometheus, 'targets'), targetsDir, [STATIC_TARGETS]);
  const flags = prometheusFlags(factor);
  return {
    PROMETHEUS_CONFIG_DIR: prometheusDir,
    PROMETHEUS_TARGETS_DIR: targetsDir,
    PROMETHEUS_LOOKBACK_DELTA: flags.lookbackDelta,
    PROMETHEUS_RESEND_DELAY: flags.resendDelay,
    ALERTMANAGER_CONFIG_DIR: alertmanagerDir,
  };
}

/** Scrapes that a window must hold, however it lies between them: a rise is the difference of two. */
const SCRAPES_PER_WINDOW_MIN = 2;

/** An alert whose windows hold a single sample has no value, ever: in production, too, it would stay silent through everything. */
function checkWindows(alerts: readonly Alert[], intervalMs: number): void {
  for (const { name, windowMs } of alerts) {
    if (windowMs >= SCRAPES_PER_WINDOW_MIN * intervalMs) continue;
    throw new HarnessError('alerting-config-invalid', {
      message: `${name} looks at windows of ${formatDuration(windowMs)}, and Prometheus scrapes every ${formatDuration(intervalMs)}`,
      facts: { alert: name, windowMs, scrapeIntervalMs: intervalMs },
      hint: `Set its windowMs to four scrapes (${4 * intervalMs}), of which some may fail; ${SCRAPES_PER_WINDOW_MIN} are the least.`,
    });
  }
}

/** Writes a file that every user may read (containers run as users of their own), whole or not at all. */
export async function writeReadable(path: string, text: string): Promise<void> {
  await readableDirectory(dirname(path));
  writeFileAtomic(path, text, { mode: 0o644 });
}

/** Makes `to` hold what `from` holds, links followed, without what is left out; files that `from` no longer has go. */
async function copyFolder(from: string, to: string, leftOut: readonly string[] = []): Promise<void> {
  await readableDirectory(to);
  const names = (await entries(from)).filter((name) => !leftOut.includes(name));
  for (const old of await entries(to)) {
    if (!names.includes(old) && !leftOut.includes(old)) await rm(join(to, old), { recursive: true });
  }
  for (const name of names) {
    const [source, target] = [join(from, name), join(to, name)];
    if ((await stat(source)).isDirectory()) {
      await copyFolder(source, target);
    } else {
      await copyFile(source, target);
      await chmod(target, 0o644);
    }
  }
}

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

async function readableDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, 0o755);
}

async function readYaml(path: string): Promise<YamlMapping> {
  try {
    const parsed: unknown = parse(await readFile(path, 'utf8'));
    if (!isRecord(parsed)) throw new TypeError('not a mapping');
    return parsed;
  } catch (cause) {
    throw new HarnessError('alerting-config-invalid', {
      message: `cannot read ${path} as YAML`,
      facts: { path },
      hint: 'observability.configDir must hold prometheus/prometheus.yml and alertmanager/alertmanager.yml.',
      cause,
    });
  }
}
