import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { COMPOSE_PAGE, composePage } from './compose-page';

it('is as the declaration says; `npx tsx tools/main.ts compose-page` writes it', () => {
  expect(readFileSync(COMPOSE_PAGE, 'utf8')).toBe(composePage());
});
