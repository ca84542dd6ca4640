import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ERROR_CODES } from '../harness/core/error-codes';
import { ERRORS_PAGE, errorsPage } from './errors-page';

it('is as the table of codes says; `npx tsx tools/main.ts errors-page` writes it', () => {
  expect(readFileSync(ERRORS_PAGE, 'utf8')).toBe(errorsPage());
});

it('has every code once, with what it means and what to do', () => {
  const page = errorsPage();
  for (const [code, { meaning, whatToDo }] of Object.entries(ERROR_CODES)) {
    expect(page.split(`### \`${code}\`\n\n${meaning}. ${whatToDo}\n`)).toHaveLength(2);
    expect(meaning).not.toMatch(/\.$/);
    expect(whatToDo).toMatch(/[.?]$/);
  }
});
