/** Notes by mouse, by keyboard only, and on small and large screens. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { stackEnv } from '../support/stack.ts';
import {
  addNote,
  arrive,
  join,
  notesOf,
  noteWith,
  PASSWORD,
  seeNotes,
  signOut,
  startSignUp,
} from './person.ts';

const stack = stackEnv();
let browser: TestBrowser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** The accessible name of what has the focus. */
const focusedName = (page: Page) =>
  page.locator(':focus').evaluate((element) => {
    const { labels } = element as unknown as { labels?: ArrayLike<{ textContent: string }> };
    return element.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? element.textContent;
  });

it('adds, edits and deletes, newest first, and keeps it all', async () => {
  const { page, complaints } = await join(browser, stack, 'ada');
  await addNote(page, 'first');
  await addNote(page, 'second');
  expect(await notesOf(page).locator('.note-body').allTextContents()).toEqual(['second', 'first']);

  await button(page, 'Edit: first').click();
  await page.getByLabel('Edit note').fill('first, edited');
  await button(page, 'Save').click();
  await noteWith(page, 'first, edited').waitFor();

  await button(page, 'Delete: second').click();
  await button(page, 'Keep').click();
  await button(page, 'Delete: second').click();
  await button(page, 'Yes').click();
  await noteWith(page, 'second').waitFor({ state: 'detached' });

  await page.reload();
  await seeNotes(page);
  expect(await notesOf(page).locator('.note-body').allTextContents()).toEqual(['first, edited']);
  expect(complaints).toEqual([]);
});

it('shows 20 at a time and every note once', async () => {
  const { page } = await join(browser, stack, 'ada');
  const texts = Array.from({ length: 23 }, (_, index) => `note ${index + 1}`);
  for (const text of texts) await addNote(page, text);
  await page.reload();
  await noteWith(page, 'note 23').waitFor();
  expect(await notesOf(page).count()).toBe(20);

  await button(page, 'Show 20 more').click();
  await noteWith(page, 'note 1').waitFor();
  expect(await notesOf(page).locator('.note-body').allTextContents()).toEqual(texts.toReversed());
  expect(await button(page, 'Show 20 more').count()).toBe(0);
});

it('counts near the limit and does not send a text that is too long', async () => {
  const { page } = await join(browser, stack, 'ada');
  await page.getByLabel('New note').fill('x'.repeat(4001));
  await page.getByText('1 too many').waitFor();
  expect(await button(page, 'Add note').getAttribute('aria-disabled')).toBe('true');
  await page.getByLabel('New note').fill('x'.repeat(4000));
  await page.getByText('0 left').waitFor();
  await button(page, 'Add note').click();
  await notesOf(page).first().waitFor();
});

it('reports that a note was deleted meanwhile, and keeps the text', async () => {
  const { page } = await join(browser, stack, 'ada');
  await addNote(page, 'fleeting');
  const tab = await page.context().newPage();
  await tab.goto('/');
  await button(tab, 'Delete: fleeting').click();
  await button(tab, 'Yes').click();
  await tab.getByText('No notes yet').waitFor();

  await button(page, 'Edit: fleeting').click();
  await page.getByLabel('Edit note').fill('too late');
  await button(page, 'Save').click();
  expect(await page.getByRole('alert').textContent()).toContain('no longer there');
  expect(await page.getByLabel('Edit note').inputValue()).toBe('too late');
});

it('shows an error in place of the list when the Data API is down, and tries again', async () => {
  const { page } = await join(browser, stack, 'ada');
  const api = `${stack.SUPABASE_URL}/rest/v1/notes**`;
  await page.route(api, (route) =>
    route.fulfill({ status: 500, json: { message: 'out of order' } }),
  );
  await page.reload();
  await page.getByRole('alert').waitFor();
  expect(await notesOf(page).count()).toBe(0);
  await page.unroute(api);
  await button(page, 'Try again').click();
  await page.getByText('No notes yet').waitFor();
});

it('works by keyboard alone', async () => {
  const person = await join(browser, stack, 'ada');
  const { page, email, complaints } = person;
  const { keyboard } = page;
  await signOut(page);
  await page.reload();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();

  await keyboard.press('Tab');
  expect(await focusedName(page)).toBe('Email');
  await keyboard.type(email);
  await keyboard.press('Tab');
  await keyboard.type(PASSWORD);
  await keyboard.press('Enter');
  await seeNotes(page);

  await keyboard.press('Tab');
  expect(await focusedName(page)).toBe('New note');
  await keyboard.type('two');
  await keyboard.press('Enter');
  await keyboard.type('lines');
  await keyboard.press('ControlOrMeta+Enter');
  await noteWith(page, 'two\nlines').waitFor();
  expect(await focusedName(page)).toBe('New note');

  await keyboard.press('Tab'); // Add note
  await keyboard.press('Tab');
  expect(await focusedName(page)).toBe('Edit: two\nlines');
  await keyboard.press('Enter');
  await page.getByLabel('Edit note').waitFor();
  await keyboard.type(', and more');
  await keyboard.press('Escape');
  await page.getByText('Discard your changes?').waitFor();
  await keyboard.type('!');
  await keyboard.press('ControlOrMeta+Enter');
  await noteWith(page, 'two\nlines, and more!').waitFor();
  expect(await focusedName(page)).toMatch(/^Edit: two/);

  await keyboard.press('Tab');
  await keyboard.press('Enter');
  expect(await focusedName(page)).toBe('Keep');
  await keyboard.press('Escape');
  expect(await focusedName(page)).toMatch(/^Delete: two/);
  await keyboard.press('Enter');
  await keyboard.press('Shift+Tab');
  expect(await focusedName(page)).toBe('Yes');
  await keyboard.press('Enter');
  await page.getByText('No notes yet').waitFor();
  expect(await focusedName(page)).toBe('Your notes');
  expect(complaints).toEqual([]);
});

describe.each([
  ['a phone', { width: 375, height: 812 }],
  ['a desk', { width: 1440, height: 900 }],
])('on the screen of %s', (_, viewport) => {
  const overflow = (page: Page) =>
    page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');

  /** Buttons and fields that are too small for a finger: less than 44 px high. */
  const smallTargets = (page: Page) =>
    page
      .locator('button:visible, input:visible, textarea:visible')
      .evaluateAll((all) =>
        all
          .filter((element) => element.getBoundingClientRect().height < 44)
          .map((element) => element.outerHTML),
      );

  it('fits without scrolling sideways, signed out and signed in, with room for fingers', async () => {
    const person = await arrive(browser, stack, 'ada', { viewport });
    const { page, complaints } = person;
    expect(await overflow(page)).toBe(0);
    expect(await smallTargets(page)).toEqual([]);

    await startSignUp(person);
    expect(await overflow(page)).toBe(0);
    expect(await smallTargets(page)).toEqual([]);

    const signedIn = await join(browser, stack, 'ada', { viewport });
    await addNote(signedIn.page, `https://example.com/${'long'.repeat(60)}`);
    await button(signedIn.page, `Edit: ${'https://example.com/longlonglonglonglong'}…`).waitFor();
    expect(await overflow(signedIn.page)).toBe(0);
    expect(await smallTargets(signedIn.page)).toEqual([]);
    expect([...complaints, ...signedIn.complaints]).toEqual([]);
  });
});
