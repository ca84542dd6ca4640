import { HarnessError } from '../core/errors';
import type { ScenarioContext } from './context';
import { callerPlace } from './place';
import { register, SCENARIO_TIMEOUT_MS, type Scenario, type ScenarioBody, type ScenarioOptions } from './scenario';
import { NIGHTLY } from './selection';

/** Declares one scenario, with options or without. */
export interface DeclareScenario {
  (title: string, run: ScenarioBody): void;
  (title: string, options: ScenarioOptions, run: ScenarioBody): void;
}

/** A scenario's body for one row of a table. */
export type RowBody<Row> = (context: ScenarioContext, row: Row) => Promise<void>;

/** Declares a scenario for each row. */
export interface DeclareRows<Row> {
  (title: string, run: RowBody<Row>): void;
  (title: string, options: ScenarioOptions, run: RowBody<Row>): void;
}

/** Declares scenarios of which each tries one row. */
export type DeclareEach = <const Row>(rows: readonly Row[]) => DeclareRows<Row>;

/** {@link scenario} */
export interface ScenarioDeclarator extends DeclareScenario {
  /**
   * A scenario for each row: `scenario.each([{ weight: 5 }, { weight: 50 }])('held at $weight %', async ({ load }, { weight }) => …)`. In the
   * title `$name` stands for what the row has under that name (`$a.b` for what lies deeper), `%s` for the row itself, as Jest's `each` has it.
   * @throws HarnessError `scenario-invalid` for no row at all; `duplicate-scenario` when two rows have the same title
   */
  readonly each: DeclareEach;
  /** Tags it `nightly`: the nightly job tries it, and otherwise only who names it, or one of its tags. */
  readonly nightly: DeclareScenario & { readonly each: DeclareEach };
  /** Is not run. The report shows it as skipped, with the reason. */
  readonly skip: (title: string, reason: string, run: ScenarioBody) => void;
  /**
   * Of its file only this one is run, and others that say so, while you work on it.
   * @throws HarnessError `only-in-ci` where `CI` is set, as Playwright's `forbidOnly` does: the others would be left out unseen
   */
  readonly only: DeclareScenario;
}

/**
 * Declares a scenario. Under Jest it becomes a test; under `rollproof start` it is an act of the run.
 * @throws HarnessError `no-runner` when neither has loaded the file
 */
export const scenario: ScenarioDeclarator = Object.assign(declare({}), {
  each: declareEach({}),
  nightly: Object.assign(declare({ tags: [NIGHTLY] }), { each: declareEach({ tags: [NIGHTLY] }) }),
  skip: (title: string, reason: string, run: ScenarioBody) => add({ title, run, skip: reason }),
  only: declare({ only: true }),
});

type Given = Pick<Scenario, 'tags' | 'only'>;

function declare(given: Given): DeclareScenario {
  return (title: string, ...rest: readonly [ScenarioBody] | readonly [ScenarioOptions, ScenarioBody]) => {
    const [options, run] = rest.length === 1 ? [{}, rest[0]] : rest;
    add({ title, run, ...merged(given, options) });
  };
}

function declareEach(given: Given): DeclareEach {
  return <Row>(rows: readonly Row[]): DeclareRows<Row> =>
    (title: string, ...rest: readonly [RowBody<Row>] | readonly [ScenarioOptions, RowBody<Row>]) => {
      const [options, run] = rest.length === 1 ? [{}, rest[0]] : rest;
      if (rows.length === 0) {
        throw new HarnessError('scenario-invalid', {
          message: `"${title}" has no row: nothing would be tried`,
          hint: 'Give `scenario.each` at least one row.',
        });
      }
      for (const row of rows) {
        add({ title: titleOf(title, row), run: (context) => run(context, row), ...merged(given, options) });
      }
    };
}

function merged(given: Given, { tags = [], ...options }: ScenarioOptions): Given & ScenarioOptions {
  return { ...given, ...options, tags: [...(given.tags ?? []), ...tags] };
}

function add(declared: Omit<Scenario, 'id' | 'place'>): void {
  const place = callerPlace();
  if (declared.only === true && isSet(process.env['CI'])) {
    throw new HarnessError('only-in-ci', {
      message: `"${declared.title}" says \`only\`${place === undefined ? '' : ` (${place.file}:${place.line})`}, and CI is set`,
      facts: { title: declared.title, ...place },
      hint: 'Take `.only` away: all other scenarios of its file would be left out.',
    });
  }
  register({ timeoutMs: SCENARIO_TIMEOUT_MS, ...declared, ...(place === undefined ? {} : { place }) });
}

function isSet(variable: string | undefined): boolean {
  return !['', '0', 'false'].includes(variable ?? '');
}

/** `$name` and `$a.b` from the row, `%s` for the row itself. */
function titleOf(template: string, row: unknown): string {
  return template
    .replace(/\$([a-z_]\w*(?:\.\w+)*)/gi, (as, path: string) => {
      const found = path.split('.').reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), row);
      return found === undefined ? as : textOf(found);
    })
    .replaceAll('%s', () => textOf(row));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  return isRecord(value) ? JSON.stringify(value) : String(value);
}
