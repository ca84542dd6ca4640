import fc from 'fast-check';
import { z } from 'zod';

type Schema = z.core.$ZodType;

/** Values as a schema describes them: what a writer may hand to it. Transformations are taken from their inner end. */
export function arbitraryOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema instanceof z.core.$ZodObject) return objectOf(schema._zod.def.shape);
  if (schema instanceof z.core.$ZodOptional) return arbitraryOf(schema._zod.def.innerType);
  if (schema instanceof z.core.$ZodNullable) {
    return fc.oneof(fc.constant(null), arbitraryOf(schema._zod.def.innerType));
  }
  if (schema instanceof z.core.$ZodReadonly) return arbitraryOf(schema._zod.def.innerType);
  if (schema instanceof z.core.$ZodPipe) return arbitraryOf(schema._zod.def.in);
  if (schema instanceof z.core.$ZodUnion) return fc.oneof(...schema._zod.def.options.map(arbitraryOf));
  if (schema instanceof z.core.$ZodArray) return fc.array(arbitraryOf(schema._zod.def.element), { maxLength: 3 });
  if (schema instanceof z.core.$ZodRecord) {
    return fc.dictionary(word(), arbitraryOf(schema._zod.def.valueType), { maxKeys: 3, noNullPrototype: true });
  }
  if (schema instanceof z.core.$ZodEnum) return fc.constantFrom(...Object.values(schema._zod.def.entries));
  if (schema instanceof z.core.$ZodLiteral) return fc.constantFrom(...schema._zod.def.values);
  if (schema instanceof z.core.$ZodString) return fc.string({ unit: 'grapheme', maxLength: 20 });
  if (schema instanceof z.core.$ZodBoolean) return fc.boolean();
  if (schema instanceof z.core.$ZodUnknown) return fc.jsonValue({ maxDepth: 2 }).map(asJson);
  if (schema instanceof z.ZodNumber) return numberOf(schema);
  throw new TypeError(`no values are made for ${schema._zod.def.type}`);
}

function objectOf(shape: Readonly<Record<string, Schema>>): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(shape).map(([key, inner]) => [key, arbitraryOf(inner)]));
  const required = Object.keys(shape).filter((key) => shape[key]?._zod.optin !== 'optional');
  return fc.record(fields, { requiredKeys: required, noNullPrototype: true });
}

function numberOf(schema: z.ZodNumber): fc.Arbitrary<number> {
  const min = Math.max(schema.minValue ?? -Infinity, -1e12);
  const max = Math.min(schema.maxValue ?? Infinity, 1e15);
  const isAbove = z.toJSONSchema(schema, { io: 'input' }).exclusiveMinimum === min;
  if (schema.isInt) return fc.integer({ min: Math.ceil(min) + (isAbove ? 1 : 0), max: Math.min(max, 2 ** 31) });
  // JSON knows no negative zero.
  return fc.double({ min, max, minExcluded: isAbove, noNaN: true }).map((value) => value + 0);
}

/** A name that a person chose: any at all. */
export const word = () => fc.string({ minLength: 1, maxLength: 12 }).filter((key) => key !== '__proto__');

function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
