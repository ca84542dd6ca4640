/** A change of the shop's schema that comes with a release of `orders`. */
export interface Migration {
  readonly what: string;
  readonly up: readonly string[];
  /** Undoes it, and loses nothing that the release before it has written. */
  readonly down: readonly string[];
  /** The release that needs it. */
  readonly image: string;
  /** Whether the release before it can live with the new schema. */
  readonly isSafe: boolean;
}

const BACKFILL = "UPDATE orders SET channel = 'unknown' WHERE channel IS NULL";

export const MIGRATIONS: readonly Migration[] = [
  {
    what: 'adds a column',
    up: ['ALTER TABLE orders ADD COLUMN channel text'],
    down: ['ALTER TABLE orders DROP COLUMN channel'],
    image: 'shop/orders:writes-channel',
    isSafe: true,
  },
  {
    what: 'adds a column and fills it',
    up: ["ALTER TABLE orders ADD COLUMN channel text DEFAULT 'unknown'", BACKFILL],
    down: ['ALTER TABLE orders DROP COLUMN channel'],
    image: 'shop/orders:writes-channel',
    isSafe: true,
  },
  {
    what: 'renames a column in two steps: this first one has both names written',
    up: [
      'ALTER TABLE orders ADD COLUMN total_cents integer',
      `CREATE FUNCTION orders_both_names() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.total_cents := NEW.amount_cents; RETURN NEW; END $$`,
      'CREATE TRIGGER both_names BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION orders_both_names()',
      'UPDATE orders SET total_cents = amount_cents WHERE total_cents IS NULL',
    ],
    down: [
      'DROP TRIGGER both_names ON orders',
      'DROP FUNCTION orders_both_names',
      'ALTER TABLE orders DROP COLUMN total_cents',
    ],
    image: 'shop/orders:next',
    isSafe: true,
  },
  {
    what: 'changes a type to one that holds the same',
    up: ['ALTER TABLE orders ALTER COLUMN idempotency_key TYPE varchar(200)'],
    down: ['ALTER TABLE orders ALTER COLUMN idempotency_key TYPE text'],
    image: 'shop/orders:next',
    isSafe: true,
  },
  {
    what: 'adds a column that must be written, without a default',
    up: [
      'ALTER TABLE orders ADD COLUMN channel text',
      BACKFILL,
      'ALTER TABLE orders ALTER COLUMN channel SET NOT NULL',
    ],
    down: ['ALTER TABLE orders DROP COLUMN channel'],
    image: 'shop/orders:writes-channel',
    isSafe: false,
  },
  {
    what: 'drops a column that the release before it reads',
    up: ['ALTER TABLE orders RENAME COLUMN status TO status_dropped'],
    down: ['ALTER TABLE orders RENAME COLUMN status_dropped TO status'],
    image: 'shop/orders:without-status',
    isSafe: false,
  },
];
