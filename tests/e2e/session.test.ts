/** How sessions begin and end, and what the page shows then. */
import {
  AdminDisableUserCommand,
  AdminEnableUserCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import pg from 'pg';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { stackEnv } from '../support/stack.ts';
import {
  addNote,
  arrive,
  claim,
  confirm,
  join,
  mailedCode,
  notesOf,
  noteWith,
  PASSWORD,
  passwordField,
  seeNotes,
  signIn,
  signOut,
  startSignUp,
  trySignIn,
} from './person.ts';
import { poolClient } from './pool.ts';

const stack = stackEnv();
let browser: TestBrowser;

const cognito = poolClient(stack);

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

/** The error that is announced on the page. */
const alertOf = (page: Page) => page.getByRole('alert').first().textContent();

const focused = (page: Page) => page.locator(':focus');

describe('signing in', () => {
  it('reports a wrong password, and focuses the field', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await signOut(page);
    await trySignIn(page, email, 'Wrong-horse-7');
    expect(await alertOf(page)).toContain('do not belong together');
    expect(await alertOf(page)).toContain('NotAuthorizedException');
    expect(await focused(page).getAttribute('name')).toBe('password');
    expect(await passwordField(page).getAttribute('aria-invalid')).toBe('true');
    await signIn(page, email);
  });

  it('has the same text for an account that does not exist', async () => {
    const { page, email } = await arrive(browser, stack, 'nobody');
    await trySignIn(page, email);
    expect(await alertOf(page)).toContain('do not belong together');
  });

  it('leads an unconfirmed person to the code, which can be sent again', async () => {
    const person = await arrive(browser, stack, 'ada');
    const { page, email } = person;
    await startSignUp(person);
    await page.getByRole('button', { name: 'Back to sign-in' }).click();
    await trySignIn(page, email);
    await page.getByRole('heading', { name: 'Confirm your email' }).waitFor();

    await page.getByLabel('Code').fill('000000');
    await page.getByRole('button', { name: 'Confirm and sign in' }).click();
    expect(await alertOf(page)).toContain('CodeMismatchException');
    expect(await focused(page).getAttribute('name')).toBe('code');

    await page.getByRole('button', { name: 'Send a new code' }).click();
    await page.getByText('A new code is on its way.').waitFor();
    await confirm(stack, person);
  });

  it('shows where local codes can be read, on the screen that asks for one', async () => {
    const person = await arrive(browser, stack, 'ada');
    await startSignUp(person);
    const link = person.page.getByRole('link', { name: 'open the local inbox' });
    expect(await link.getAttribute('href')).toBe(`${stack.COGNITO_ENDPOINT}/_local/inbox`);
  });

  it('names the rule that a password breaks', async () => {
    const { page, email } = await arrive(browser, stack, 'ada');
    await page.getByRole('button', { name: 'Create an account' }).click();
    await page.getByLabel('Email').fill(email);
    await passwordField(page).fill('short');
    await page.getByRole('button', { name: 'Create account' }).click();
    expect(await alertOf(page)).toContain('InvalidPasswordException');
    expect(await focused(page).getAttribute('name')).toBe('password');
  });
});

it('sets a new password with a mailed code, and the old one is refused', async () => {
  const { page, email } = await join(browser, stack, 'ada');
  await signOut(page);
  await page.getByRole('button', { name: 'Forgot your password?' }).click();
  await page.getByLabel('Email').fill(email);
  await page.getByRole('button', { name: 'Mail me a code' }).click();
  await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();

  await page.getByLabel('Code').fill(await mailedCode(stack, email, 'ForgotPassword'));
  await page.getByLabel('New password', { exact: true }).fill('Another-horse-8');
  await page.getByRole('button', { name: 'Set password and sign in' }).click();
  await seeNotes(page);

  await signOut(page);
  await trySignIn(page, email, PASSWORD);
  expect(await alertOf(page)).toContain('do not belong together');
});

describe('the session', () => {
  it('is found again after a reload', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await addNote(page, 'still here');
    await page.reload();
    await noteWith(page, 'still here').waitFor();
    expect(await page.getByText(email).filter({ visible: true }).isVisible()).toBe(true);
  });

  it('ends with a message when Cognito refuses to renew it', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await addNote(page, 'not for long');
    const user = { UserPoolId: stack.COGNITO_USER_POOL_ID, Username: email };
    await cognito.send(new AdminDisableUserCommand(user));

    await page.getByRole('button', { name: 'Get a fresh token' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await alertOf(page)).toContain('Your session has ended');
    expect(await page.getByText('not for long').count()).toBe(0);

    await cognito.send(new AdminEnableUserCommand(user));
    await signIn(page, email);
    await noteWith(page, 'not for long').waitFor();
  });

  it('ends when the database has revoked it, at the next request', async () => {
    const { page } = await join(browser, stack, 'ada');
    await addNote(page, 'seen no longer');
    const database = new pg.Client({ connectionString: stack.SUPABASE_DB_URL });
    await database.connect();
    await database.query('select public.revoke_user($1)', [await claim(page, 'sub')]);
    await database.end();

    await page.getByLabel('New note').fill('refused');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await alertOf(page)).toContain('Your session was ended');
    expect(await page.getByText('seen no longer').count()).toBe(0);
  });

  it('ends in every tab at once', async () => {
    const { page, email } = await join(browser, stack, 'ada');
    await addNote(page, 'in two tabs');
    const tab = await page.context().newPage();
    await tab.goto('/');
    await noteWith(tab, 'in two tabs').waitFor();

    await signOut(tab);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await alertOf(page)).toContain('signed out in another tab');
    expect(await notesOf(page).count()).toBe(0);

    // The session also begins in every tab.
    await signIn(tab, email);
    await noteWith(page, 'in two tabs').waitFor();
  });

  it('shows nothing of one person to the next, in this tab or another', async () => {
    const bob = await join(browser, stack, 'bob');
    const { page, email } = await join(browser, stack, 'ada');
    await addNote(page, "Ada's");
    const tab = await page.context().newPage();
    await tab.goto('/');
    await noteWith(tab, "Ada's").waitFor();

    await signOut(page);
    await signIn(page, bob.email);
    for (const window of [page, tab]) {
      await window.getByText(bob.email).filter({ visible: true }).waitFor();
      await seeNotes(window);
      expect(await window.getByText("Ada's").count()).toBe(0);
      expect(await window.getByText(email).count()).toBe(0);
    }
  });
});
