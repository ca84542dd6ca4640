import { z } from 'zod';
import type { DefectName } from '../kit/defect-names';
import { HttpError } from '../kit/http-error';
import { itemsSchema, type Items } from '../kit/items';
import { parseJson } from '../kit/body';

const COOKIE = 'cart';
const byId = z.record(z.string(), z.number().int().positive());

/** A customer's cart: it is in the customer's cookie, and nowhere else. */
export interface Carts {
  /** The header that gives the customer this cart. */
  readonly header: (items: Items) => Readonly<Record<string, string>>;
  /** Throws `HttpError` 400 for a cookie that this release cannot read. */
  readonly of: (cookies: string | undefined) => Items;
}

/** The defect `cookie-format` is a release that writes a cookie which the one before it cannot read. */
export function carts(defect: DefectName): Carts {
  const isNew = defect === 'cookie-format';
  const pairs = (items: Items) => Object.fromEntries(items.map(({ productId, quantity }) => [productId, quantity]));
  return {
    header: (items) => {
      const text = Buffer.from(JSON.stringify(isNew ? pairs(items) : items)).toString('base64url');
      return { 'set-cookie': `${COOKIE}=${text}; Path=/; HttpOnly; SameSite=Lax` };
    },
    of: (cookies = '') => {
      const own = cookies.split(';').find((pair) => pair.trim().startsWith(`${COOKIE}=`));
      if (own === undefined) return [];
      const cart = parseJson(Buffer.from(own.slice(own.indexOf('=') + 1), 'base64url').toString('utf8'));
      const known = isNew ? byId.safeParse(cart).data : undefined;
      if (known !== undefined) return Object.entries(known).map(([productId, quantity]) => ({ productId, quantity }));
      const items = itemsSchema.safeParse(cart).data;
      if (items === undefined) throw new HttpError(400, 'cart-unreadable', 'this cart cannot be read');
      return items;
    },
  };
}
