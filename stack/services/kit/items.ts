import { z } from 'zod';

/** Plain characters only: PostgreSQL's jsonb takes neither NUL nor half of a surrogate pair. */
const PRODUCT_ID = /^[\w.-]{1,64}$/;

/** What a customer wants: between the gateway, orders and inventory. */
export const itemsSchema = z
  .array(z.object({ productId: z.string().regex(PRODUCT_ID), quantity: z.number().int().min(1).max(100) }))
  .min(1)
  .max(20);

export type Items = z.infer<typeof itemsSchema>;

/** One line a product, in a fixed order: two orders of the same things are equal, and lock rows in the same order. */
export function normalise(items: Items): Items {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities]
    .map(([productId, quantity]) => ({ productId, quantity }))
    .sort((left, right) => (left.productId < right.productId ? -1 : 1));
}
