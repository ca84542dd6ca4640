-- One server and one database for the whole shop; each table has one service that reads and writes it.

-- inventory
CREATE TABLE products (
  id text PRIMARY KEY,
  name text NOT NULL,
  price_cents integer NOT NULL CHECK (price_cents > 0),
  stock integer NOT NULL CHECK (stock >= 0)
);
-- What a search found, kept for a while in the shape that the release which searched gave it. Every release reads it.
CREATE TABLE searches (
  words text PRIMARY KEY,
  found jsonb NOT NULL,
  searched_at timestamptz NOT NULL DEFAULT now()
);
-- A released reservation stays: a late request to reserve under its key is refused.
CREATE TABLE reservations (
  idempotency_key uuid PRIMARY KEY,
  order_key text,
  items jsonb NOT NULL,
  amount_cents integer NOT NULL,
  status text NOT NULL CHECK (status IN ('held', 'released')),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- payments
-- A voided charge stays: a late request to charge under its key is refused.
CREATE TABLE charges (
  idempotency_key uuid PRIMARY KEY,
  order_key text,
  amount_cents integer NOT NULL,
  status text NOT NULL CHECK (status IN ('charged', 'voided')),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- orders
-- What is being done for a customer's key. An open checkout that nobody finishes is cancelled with all its effects.
CREATE TABLE checkouts (
  order_id uuid PRIMARY KEY,
  idempotency_key text NOT NULL,
  fingerprint text NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'stored', 'cancelling')),
  -- a second request with the same key came while the first was at work
  joined boolean NOT NULL DEFAULT false,
  -- the cancelling of this one has to void a charge
  charge_possible boolean NOT NULL DEFAULT true,
  touched_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX checkouts_live_key ON checkouts (idempotency_key) WHERE state <> 'cancelling';
CREATE INDEX checkouts_unfinished ON checkouts (touched_at) WHERE state <> 'stored';
CREATE TABLE orders (
  id uuid PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  status text NOT NULL DEFAULT 'paid',
  items jsonb NOT NULL,
  amount_cents integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- orders puts them there, in the transaction of the order; mailer takes them
CREATE TABLE messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id uuid NOT NULL,
  order_key text NOT NULL,
  -- what it says, in the shape that the release which left it gave it
  body jsonb NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  due_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX messages_order ON messages (order_id);
CREATE INDEX messages_waiting ON messages (due_at) WHERE state = 'waiting';

-- mailer
-- The letters that were sent. Nothing here keeps a message from having two: whether one has is to be seen.
CREATE TABLE letters (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id bigint NOT NULL,
  order_key text NOT NULL,
  revision text NOT NULL,
  sent_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX letters_message ON letters (message_id);
-- What became of each attempt at a message, and which revision made it.
CREATE TABLE attempts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id bigint NOT NULL,
  revision text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('ack', 'retry', 'dead')),
  took_ms real NOT NULL,
  -- why it failed
  reason text,
  ended_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX attempts_ended ON attempts (ended_at);

-- bookkeeper
-- Its fence: whoever begins takes the next number, and writes under it.
CREATE TABLE fences (
  name text PRIMARY KEY,
  token bigint NOT NULL DEFAULT 0
);
INSERT INTO fences (name) VALUES ('bookkeeper');
-- Nothing here keeps two from writing the same page: whether they did is to be seen.
CREATE TABLE pages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number integer NOT NULL,
  token bigint NOT NULL,
  holder text NOT NULL,
  revision text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX pages_number ON pages (number);
