import { expect, it } from '@jest/globals';
import { buildModel } from './model';
import { renderPage } from './page/page';
import { releaseRun, releaseThatWentBack } from './testing/release-lines';

const pageOf = (lines: ReturnType<typeof releaseRun>) =>
  renderPage(buildModel({ lines, unreadable: [] }, 'run'), []).replace(/\s+/g, ' ');

it('tells of a whole release what was undone, what cannot be, and who serves', () => {
  const page = pageOf(releaseRun());
  expect(page).toContain('Went back in 8 s');
  expect(page).toContain('orders-r2 failed 7 of 23 requests');
  expect(page).toContain('cannot be undone: what migrate did to the data stays');
  expect(page).toContain('give all traffic of orders back to its old revision');
  expect(page).toContain('Now serve payments-r1, orders-r1.');
  expect(page).toContain('All traffic was back after 6 s.');
});

it('tells of none where there was none, and escapes what a service said', () => {
  expect(pageOf(releaseRun().filter(({ type }) => type !== 'release-ended'))).not.toContain('id="release"');
  const page = pageOf(releaseRun({ ...releaseThatWentBack, reason: '<script>alert(1)</script>' }));
  expect(page).not.toContain('<script>alert');
});
