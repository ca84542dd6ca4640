import { z } from 'zod';
import { didYouMean } from '../core/nearest';

type Path = readonly PropertyKey[];

/**
 * What is wrong with a value, one problem an entry: "alerts[0].tresholdd: unknown key; did you mean `threshold`?". Empty when all is well.
 * `name` stands for the value itself.
 */
export function problemsOf(schema: z.core.$ZodType, value: unknown, name: string): string[] {
  const { error } = z.safeParse(schema, value);
  return error === undefined ? [] : error.issues.flatMap((issue) => problems(issue, [], { schema, value, name }));
}

interface Checked {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
  readonly name: string;
}

function problems(issue: z.core.$ZodIssue, above: Path, checked: Checked): string[] {
  const path = [...above, ...issue.path];
  const at = pathText(path) || checked.name;
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = keysAt(checked.schema, checked.value, path);
      return issue.keys.map((key) => `${pathText([...path, key])}: unknown key${didYouMean(key, known)}`);
    }
    case 'invalid_value':
      return [`${at}: ${oneOf(issue.values.map(String), valueAt(checked.value, path))}`];
    case 'invalid_union': {
      if (issue.inclusive !== false && 'options' in issue && Array.isArray(issue.options)) {
        return [`${at}: ${oneOf(issue.options.map(String), valueAt(checked.value, path))}`];
      }
      // Of several shapes the one that fits best has the most to say.
      const [closest = []] = [...issue.errors].sort((a, b) => a.length - b.length);
      return closest.length === 0
        ? [`${at}: ${issue.message}`]
        : closest.flatMap((inner) => problems(inner, path, checked));
    }
    default:
      return [`${at}: ${issue.message.replace(/^Invalid input: /, '')}`];
  }
}

function oneOf(words: readonly string[], given: unknown): string {
  const hint = typeof given === 'string' ? didYouMean(given, words) : '';
  return `must be ${words.length === 1 ? '' : 'one of '}${words.join(', ')}${hint}`;
}

/** `alerts[0].threshold`. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** The keys that an object may have at a path: of the schema's shapes there, those that the value's own discriminator leaves. */
function keysAt(schema: z.core.$ZodType, value: unknown, path: Path): string[] {
  const [key, ...rest] = path;
  return shapesOf(schema, value).flatMap((shape) => {
    if (key === undefined) return shape instanceof z.core.$ZodObject ? Object.keys(shape._zod.def.shape) : [];
    const inner = innerOf(shape, key);
    return inner === undefined ? [] : keysAt(inner, valueAt(value, [key]), rest);
  });
}

function innerOf(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.core.$ZodObject) return schema._zod.def.shape[String(key)];
  if (schema instanceof z.core.$ZodRecord) return schema._zod.def.valueType;
  if (schema instanceof z.core.$ZodArray) return schema._zod.def.element;
  if (schema instanceof z.core.$ZodTuple) return schema._zod.def.items[Number(key)];
  return undefined;
}

/** A schema without its wrappings, and each alternative of a union that the value may be meant for. */
function shapesOf(schema: z.core.$ZodType, value: unknown): z.core.$ZodType[] {
  if (schema instanceof z.core.$ZodUnion) {
    const { options } = schema._zod.def;
    const by = schema instanceof z.core.$ZodDiscriminatedUnion ? schema._zod.def.discriminator : undefined;
    const meant = options.filter((option) => by === undefined || hasLiteral(option, by, valueAt(value, [by])));
    return meant.flatMap((option) => shapesOf(option, value));
  }
  if (schema instanceof z.core.$ZodPipe) return shapesOf(schema._zod.def.in, value);
  if (schema instanceof z.core.$ZodLazy) return shapesOf(schema._zod.innerType, value);
  const wrapped =
    schema instanceof z.core.$ZodOptional ||
    schema instanceof z.core.$ZodNullable ||
    schema instanceof z.core.$ZodReadonly ||
    schema instanceof z.core.$ZodDefault;
  return wrapped ? shapesOf(schema._zod.def.innerType, value) : [schema];
}

function hasLiteral(schema: z.core.$ZodType, key: string, value: unknown): boolean {
  return schema._zod.propValues?.[key]?.has(value as z.core.util.Primitive) === true;
}
