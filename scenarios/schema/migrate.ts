import { Client } from 'pg';
import { MIGRATIONS } from './migrations';

/** `tsx scenarios/schema/migrate.ts up|down NUMBER HOST:PORT`: what a release of `orders` runs before it starts, or after it was taken back. */
async function main([direction, number, address]: readonly string[]): Promise<void> {
  const migration = MIGRATIONS[Number(number)];
  if (migration === undefined || (direction !== 'up' && direction !== 'down'))
    throw new Error('up|down NUMBER HOST:PORT');
  const password = process.env['POSTGRES_PASSWORD'] || 'shop';
  const client = new Client({ connectionString: `postgres://shop:${password}@${address}/shop` });
  await client.connect();
  try {
    // All or nothing; and from its first change on nobody writes to the table in between.
    for (const sql of ['BEGIN', ...migration[direction], 'COMMIT']) {
      await client.query(sql);
      process.stdout.write(`${sql}\n`);
    }
  } finally {
    await client.end();
  }
}

void main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
