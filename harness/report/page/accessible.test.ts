import { describe, expect, it } from '@jest/globals';
import type { JournalLine } from '../../contract/observation';
import { buildModel } from '../model';
import { renderPage } from './page';
import { STYLES } from './styles';
import { stoppedPipeline } from '../testing/pipeline-lines';
import { releaseRun } from '../testing/release-lines';
import { failedLines, recordedLines } from '../testing/recorded-run';

const evidence = [{ path: 'logs/orders-r2.ndjson', bytes: 12 }];
const render = (lines: readonly JournalLine[]) =>
  renderPage(buildModel({ lines, unreadable: [] }, 'run'), evidence).replace(/<style>[^]*?<\/style>/, '');

const PAGES: readonly (readonly [string, string])[] = [
  ['a run that passed', render(recordedLines())],
  ['a run that failed', render(failedLines())],
  ['a pipeline that was stopped', render(stoppedPipeline())],
  ['a whole release that went back', render(releaseRun())],
  ['an empty journal', renderPage(buildModel({ lines: [], unreadable: [] }, 'run'), [])],
];

const attribute = (tag: string, name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
const tags = (page: string, name: string) => page.match(new RegExp(`<${name}\\b[^>]*>`, 'g')) ?? [];

describe.each(PAGES)('the page of %s', (_name, page) => {
  it('has a language, a title and its three landmarks once', () => {
    expect(page).toContain('<html lang="en">');
    expect(page).toMatch(/<title>[^<]+<\/title>/);
    // A header inside an article is no landmark.
    for (const landmark of ['<header class="brand">', '<main>', '<footer>'])
      expect(page.split(landmark)).toHaveLength(2);
  });

  it('has one first heading, and skips no level', () => {
    const levels = [...page.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels[0]).toBe(1);
    levels.forEach((level, index) => expect(level).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1));
  });

  it('names each section by its heading', () => {
    for (const section of tags(page, 'section')) {
      const id = attribute(section, 'aria-labelledby') ?? 'none';
      expect(page).toMatch(new RegExp(`<h[12] id="${id}"`));
    }
  });

  it('gives every column of a table a header with a scope and a text', () => {
    for (const header of page.match(/<th\b[^]*?<\/th>/g) ?? []) {
      expect(attribute(header, 'scope')).toBe('col');
      expect(header.replace(/<[^>]*>/g, '').trim()).not.toBe('');
    }
    for (const table of page.match(/<table\b[^]*?<\/table>/g) ?? []) {
      const columns = tags(table, 'th').length;
      for (const row of table
        .match(/<tbody[^]*/)?.[0]
        .split('</tr>')
        .slice(0, -1) ?? []) {
        expect(tags(row, 'td')).toHaveLength(columns);
      }
    }
  });

  it('says what each drawing shows, or hides it where text beside it does', () => {
    for (const svg of tags(page, 'svg')) {
      if (attribute(svg, 'aria-hidden') === 'true') continue;
      expect(attribute(svg, 'role')).toBe('img');
      expect(attribute(svg, 'aria-label')).toMatch(/\S/);
    }
  });

  it('hides nothing that only a script or a pointer could show', () => {
    expect(page).not.toMatch(/<noscript|\shidden[\s>=]|<dialog|<template|\spopover/);
    expect(tags(page, 'details').length).toBe(tags(page, 'summary').length);
  });

  it('says the roles of tables that are laid out as blocks on a phone', () => {
    for (const table of page.match(/<table class="[^"]*\bstack\b[^]*?<\/table>/g) ?? []) {
      for (const [name, role] of [
        ['table', 'table'],
        ['tr', 'row'],
        ['td', 'cell'],
        ['th', 'columnheader'],
      ] as const) {
        for (const tag of tags(table, name)) expect(attribute(tag, 'role')).toBe(role);
      }
    }
  });
});

describe('the style sheet', () => {
  it('shows the focus on all that can have it', () => {
    const focusable = new Set(
      PAGES.flatMap(([, page]) => [
        ...(page.includes('<a href') ? ['a'] : []),
        ...(page.includes('<summary') ? ['summary'] : []),
        ...(page.match(/<\w+ class="[^"]*" tabindex="0"/g) ?? []).map((tag) => `.${attribute(tag, 'class') ?? ''}`),
      ]),
    );
    expect(focusable).toEqual(new Set(['a', 'summary', '.scroll']));
    for (const what of focusable) expect(STYLES).toContain(`${what}:focus-visible`);
    expect(STYLES).not.toMatch(/outline:(none|0)/);
  });

  it('moves nothing for who wants no motion', () => {
    const still = STYLES.replace(/@media \(prefers-reduced-motion:no-preference\)\{[^]*?\}\}/, '');
    expect(still).not.toBe(STYLES);
    expect(still).not.toMatch(/animation|transition|scroll-behavior|@keyframes/);
  });
});
