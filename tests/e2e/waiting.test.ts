/** What the page shows while it waits, and what happens to typed text if no answer comes. */
import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { stackEnv } from '../support/stack.ts';
import {
  addNote,
  arrive,
  join,
  mailedCode,
  noteWith,
  seeNotes,
  signIn,
  signOut,
  trySignIn,
} from './person.ts';

const stack = stackEnv();
const NOTES = '**/rest/v1/notes*';
let browser: TestBrowser;

beforeAll(async () => {
  browser = await startBrowser();
});
afterAll(() => browser.close());

const draft = (page: Page) => page.getByLabel('New note');
const add = (page: Page) => page.getByRole('button', { name: 'Add note' });
const alerts = (page: Page) => page.getByRole('alert').allTextContents();
/** Answers writes by `how`, and passes reads on. */
const onWrite = (page: Page, how: (route: Route) => unknown) =>
  page.route(NOTES, (route) =>
    route.request().method() === 'GET' ? route.continue() : how(route),
  );
const never = () => new Promise(() => {});

describe('a request that is never answered', () => {
  test('shows a notice after 5 s, can be cancelled, and keeps the text', async () => {
    const { page } = await join(browser, stack, 'ada');
    await page.clock.install();
    await onWrite(page, never);
    await draft(page).fill('kept while waiting');
    await add(page).click();
    await page.getByRole('button', { name: 'Adding…' }).waitFor();
    expect(await page.getByText('has not answered yet').count()).toBe(0);
    await page.clock.runFor(5_100);
    await page.getByText('The Data API has not answered yet').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();

    await add(page).waitFor();
    expect((await alerts(page)).join()).toMatch(/Cancelled.*look before you try again/);
    expect(await draft(page).inputValue()).toBe('kept while waiting');
  });

  test('ends by itself after 30 s', async () => {
    const { page } = await join(browser, stack, 'ada');
    await page.clock.install();
    await onWrite(page, never);
    await draft(page).fill('kept after all');
    await add(page).click();
    await page.getByRole('button', { name: 'Adding…' }).waitFor();
    await page.clock.runFor(30_100);
    await add(page).waitFor();
    expect((await alerts(page)).join()).toMatch(/did not answer in time/);
    expect(await draft(page).inputValue()).toBe('kept after all');
  });

  test('a deletion, too', async () => {
    const { page } = await join(browser, stack, 'ada');
    await addNote(page, 'stays');
    await page.clock.install();
    await onWrite(page, never);
    await page.getByRole('button', { name: 'Delete: stays' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await page.clock.runFor(30_100);
    await page.getByRole('button', { name: 'Delete: stays' }).waitFor();
    expect((await alerts(page)).join()).toMatch(/did not answer in time/);
  });

  test('a list that does not come can be asked for again', async () => {
    const { page } = await join(browser, stack, 'ada');
    await page.route(NOTES, never);
    await page.clock.install();
    await page.reload();
    await page.getByText('Loading your notes…').waitFor({ state: 'attached' });
    await page.clock.runFor(30_100);
    await page.unroute(NOTES);
    await page.getByRole('button', { name: 'Try again' }).click();
    await seeNotes(page);
  });

  test('a sign-in also has a deadline', async () => {
    const { page } = await arrive(browser, stack, 'ada');
    await page.clock.install();
    await page.route(`${stack.COGNITO_ENDPOINT}/**`, never);
    await trySignIn(page, 'alice@example.com', 'Alice-demo-2026');
    await page.getByRole('button', { name: 'Signing in…' }).waitFor();
    await page.clock.runFor(5_100);
    await page.getByText('Cognito has not answered yet').waitFor();
    await page.clock.runFor(25_100);
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect((await alerts(page)).join()).toMatch(/Cognito did not answer in time/);
  });
});

describe('drafts', () => {
  test('are there after a reload, of new and of changed notes', async () => {
    const { page } = await join(browser, stack, 'ada');
    await addNote(page, 'first');
    await draft(page).fill('half a thought');
    await page.getByRole('button', { name: 'Edit: first' }).click();
    await page.getByLabel('Edit note').fill('first, changed');
    await page.reload();
    await page.getByLabel('Edit note').waitFor();
    expect(await draft(page).inputValue()).toBe('half a thought');
    expect(await page.getByLabel('Edit note').inputValue()).toBe('first, changed');

    await page.getByRole('button', { name: 'Save' }).click();
    await noteWith(page, 'first, changed').waitFor();
    await page.reload();
    await noteWith(page, 'first, changed').waitFor();
    expect(await page.getByLabel('Edit note').count(), 'saved, it is a draft no more').toBe(0);
  });

  test('are there after the end of a session, for the same person alone', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await draft(page).fill('only mine');
    // The session ends elsewhere, so Amplify's tokens are deleted.
    await page.evaluate('localStorage.clear()');
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();

    await signIn(page, 'bob@example.com', 'Bob-demo-2026');
    expect(await draft(page).inputValue()).toBe('');
    await page.evaluate('localStorage.clear()');
    await page.reload();
    await signIn(page, email);
    expect(await draft(page).inputValue()).toBe('only mine');
  });

  test('are forgotten by signing out', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await draft(page).fill('not for the next one');
    await signOut(page);
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain('not for the next');
    await signIn(page, email);
    expect(await draft(page).inputValue()).toBe('');
  });
});

describe('errors', () => {
  test('a 503 with HTML is not a lost connection', async () => {
    const { page } = await join(browser, stack, 'ada');
    await onWrite(page, (route) =>
      route.fulfill({
        status: 503,
        contentType: 'text/html',
        body: '<h1>Service Unavailable</h1>',
      }),
    );
    await draft(page).fill('a note');
    await add(page).click();
    await page.getByRole('alert').waitFor();
    const [text] = await alerts(page);
    expect(text).toMatch(/does not work at the moment\. Your connection does/);
    expect(text).toContain('HTTP 503');
    expect(text).not.toContain('<h1>');
  });

  test('old ones go when new ones come', async () => {
    const { page } = await join(browser, stack, 'ada');
    await addNote(page, 'one');
    await addNote(page, 'two');
    await onWrite(page, (route) => route.fulfill({ status: 503, body: '' }));
    for (const name of ['one', 'two']) {
      await page.getByRole('button', { name: `Delete: ${name}` }).click();
      await page.getByRole('button', { name: 'Yes' }).click();
      await noteWith(page, name).getByRole('alert').waitFor();
    }
    expect(await alerts(page)).toHaveLength(1);
    await draft(page).fill('three');
    await add(page).click();
    await page.locator('.notes > .editor').getByRole('alert').waitFor();
    expect(await alerts(page)).toHaveLength(1);
  });

  test('how a session ended is of the past once the sign-in has a problem of its own', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await page.route(NOTES, (route) =>
      route.fulfill({
        status: 401,
        contentType: 'application/json',
        body: '{"code":"PT401","message":"ended"}',
      }),
    );
    await page.reload();
    await page.getByText('Your session was ended').waitFor();
    await trySignIn(page, email, 'Wrong-horse-7');
    await page.getByText('do not belong together').waitFor();
    expect(await page.getByText('Your session was ended').count()).toBe(0);
  });
});

describe('a forgotten password', () => {
  const forget = async (page: Page, email: string) => {
    await page.getByRole('button', { name: 'Forgot your password?' }).click();
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Mail me a code' }).click();
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  };
  const tryCode = async (page: Page, code: string) => {
    await page.getByLabel('Code').fill(code);
    await page.getByLabel('New password', { exact: true }).fill('Another-horse-8');
    await page.getByRole('button', { name: 'Set password and sign in' }).click();
  };

  test('a wrong code has the same text with and without an account', async () => {
    const known = await join(browser, stack, 'ada');
    await signOut(known.page);
    const unknown = await arrive(browser, stack, 'nobody');
    const said: string[] = [];
    for (const { page, email } of [known, unknown]) {
      await forget(page, email);
      await tryCode(page, '000000');
      await page.getByRole('alert').waitFor();
      said.push((await alerts(page)).join());
    }
    expect(said[0]).toMatch(/not right, or it has expired/);
    expect(said[1]).toBe(said[0]);
  });

  test('a new code can be sent, and is the one that counts', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await signOut(page);
    await forget(page, email);
    const first = await mailedCode(stack, email);
    await page.getByRole('button', { name: 'Send a new code' }).click();
    await page.getByText('a new code is on its way').waitFor();
    await expect.poll(() => mailedCode(stack, email)).not.toBe(first);
    await tryCode(page, await mailedCode(stack, email));
    await seeNotes(page);
  });
});

describe('a clock that is wrong', () => {
  test.each([
    ['behind', -2],
    ['ahead', 3],
  ])('the panel goes by Cognito’s when this device is %s', async (where, hours) => {
    const { page } = await arrive(browser, stack, 'ada');
    await page.clock.install({ time: Date.now() + hours * 3_600_000 });
    await page.reload();
    await trySignIn(page, 'alice@example.com', 'Alice-demo-2026');
    await seeNotes(page);
    await page.getByText(`clock is ${Math.abs(hours)} hours ${where}`).waitFor();
    // The stack's tokens live for an hour.
    expect(await page.getByRole('timer').textContent()).toMatch(/^(1:00:00|59:\d\d)$/);
    await page.reload();
    await seeNotes(page);
    expect(await page.getByRole('timer').textContent()).toMatch(/^(1:00:00|59:\d\d)$/);
  });

  test('a right clock is not mentioned', async () => {
    const { page } = await join(browser, stack, 'ada');
    expect(await page.getByText('This device’s clock').count()).toBe(0);
  });
});
