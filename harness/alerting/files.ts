import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { ErrorRateAlert } from '../contract/config';
import { HarnessError } from '../core/errors';
import { newId } from '../core/ids';
import { isRecord } from '../core/guards';
import { alertmanagerConfig, prometheusConfig, prometheusFlags, type YamlMapping } from './prometheus-config';
import { errorRateRules } from './template';

export interface AlertingFilesOptions {
  /** The alert at production speed; without one the rule file is empty. */
  readonly alert: ErrorRateAlert | undefined;
  /** Compression factor, 1 is production. */
  readonly factor: number;
  /** A project's state folder. */
  readonly outDir: string;
  /** Folder with prometheus/prometheus.yml and alertmanager/alertmanager.yml at production speed. */
  readonly sourceConfigDir: string;
}

/**
 * Writes `<outDir>/prometheus/{prometheus,rules}.yml` and `<outDir>/alertmanager/alertmanager.yml` at the given speed, and
 * returns the variables by which the observability compose fragment finds them. Throws `alerting-config-invalid`.
 */
export async function alertingFiles(options: AlertingFilesOptions): Promise<Record<string, string>> {
  const { alert, factor, outDir, sourceConfigDir } = options;
  const prometheusDir = join(outDir, 'prometheus');
  const alertmanagerDir = join(outDir, 'alertmanager');
  const targetsDir = join(outDir, 'targets');
  const prometheus = await readYaml(join(sourceConfigDir, 'prometheus', 'prometheus.yml'));
  const alertmanager = await readYaml(join(sourceConfigDir, 'alertmanager', 'alertmanager.yml'));
  await writeReadable(join(prometheusDir, 'prometheus.yml'), stringify(prometheusConfig(prometheus, factor)));
  await writeReadable(join(prometheusDir, 'rules.yml'), ruleFileText(alert, factor));
  await writeReadable(join(alertmanagerDir, 'alertmanager.yml'), stringify(alertmanagerConfig(alertmanager, factor)));
  await readableDirectory(targetsDir);
  const flags = prometheusFlags(factor);
  return {
    PROMETHEUS_CONFIG_DIR: prometheusDir,
    PROMETHEUS_TARGETS_DIR: targetsDir,
    PROMETHEUS_LOOKBACK_DELTA: flags.lookbackDelta,
    PROMETHEUS_RESEND_DELAY: flags.resendDelay,
    ALERTMANAGER_CONFIG_DIR: alertmanagerDir,
  };
}

/** The rule file as text. Factor 1 is the file that a stack commits. */
export function ruleFileText(alert: ErrorRateAlert | undefined, factor: number): string {
  const speed = factor === 1 ? 'Production speed.' : `Production's rules, ${factor} times faster.`;
  const header = `# Generated from rollproof.config.ts (alerts) by harness/alerting. ${speed}\n`;
  const rules = alert === undefined ? { groups: [] } : errorRateRules(alert, factor);
  return header + stringify(rules, { lineWidth: 0, singleQuote: true });
}

/** Writes a file that every user may read (containers run as users of their own), whole or not at all. */
export async function writeReadable(path: string, text: string): Promise<void> {
  await readableDirectory(dirname(path));
  const temporary = `${path}.${newId('tmp')}`;
  await writeFile(temporary, text, { mode: 0o644 });
  // The mode of writeFile is subject to the umask.
  await chmod(temporary, 0o644);
  await rename(temporary, path);
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
