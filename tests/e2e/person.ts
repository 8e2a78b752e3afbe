/** A person at a browser, who uses the labels and buttons on the screen. */
import type { StackEnv } from '@cognito-supabase/contract/settings';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import { vi } from 'vitest';
import type { TestBrowser } from '../support/browser.ts';

export const PASSWORD = 'Correct-horse-7';

let people = 0;

/** An address nobody has used in this run or an earlier one on the same stack. */
export const newEmail = (name: string): string => {
  people += 1;
  return `${name}.${process.pid}.${people}.${Date.now()}@example.com`;
};

export interface Person {
  readonly page: Page;
  readonly email: string;
  /** Errors on the console and uncaught exceptions. */
  readonly complaints: string[];
}

/** Collects the errors of a page. */
const complaintsOf = (page: Page): string[] => {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return complaints;
};

/** Opens the app in a new browser context. */
export const arrive = async (
  browser: TestBrowser,
  stack: StackEnv,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Person> => {
  const page = await browser.person({ baseURL: stack.WEB_URL, ...options });
  page.setDefaultTimeout(15_000);
  const complaints = complaintsOf(page);
  await page.goto('/');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  return { page, email: newEmail(name), complaints };
};

/** The newest code that was mailed to somebody. */
export const mailedCode = (stack: StackEnv, email: string, kind?: string): Promise<string> =>
  vi.waitFor(async () => {
    const to = encodeURIComponent(email);
    const answer = await fetch(`${stack.COGNITO_ENDPOINT}/_local/messages?to=${to}`);
    const messages = (await answer.json()) as { code: string; kind: string }[];
    const message = messages.find((candidate) => !kind || candidate.kind === kind);
    if (!message) throw new Error(`no mail to ${email} yet`);
    return message.code;
  });

export const passwordField = (page: Page): Locator => page.getByLabel('Password', { exact: true });

/** Waits until the list of notes has loaded, even if it is empty. */
export const seeNotes = async (page: Page): Promise<void> => {
  await page.getByRole('heading', { name: 'Your notes' }).waitFor();
  await page.getByText('No notes yet').or(notesOf(page).first()).first().waitFor();
};

/** Fills in the sign-in form and sends it. */
export const trySignIn = async (page: Page, email: string, password = PASSWORD): Promise<void> => {
  await page.getByLabel('Email').fill(email);
  await passwordField(page).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
};

export const signIn = async (page: Page, email: string, password = PASSWORD): Promise<void> => {
  await trySignIn(page, email, password);
  await seeNotes(page);
};

/** Makes an account and stops before the code is entered. */
export const startSignUp = async ({ page, email }: Person): Promise<void> => {
  await page.getByRole('button', { name: 'Create an account' }).click();
  await page.getByLabel('Email').fill(email);
  await passwordField(page).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Confirm your email' }).waitFor();
};

/** Enters the mailed code, which signs the person in. */
export const confirm = async (stack: StackEnv, { page, email }: Person): Promise<void> => {
  await page.getByLabel('Code').fill(await mailedCode(stack, email));
  await page.getByRole('button', { name: 'Confirm and sign in' }).click();
  await seeNotes(page);
};

/** Opens the app, makes an account and signs in. */
export const join = async (
  browser: TestBrowser,
  stack: StackEnv,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Person> => {
  const person = await arrive(browser, stack, name, options);
  await startSignUp(person);
  await confirm(stack, person);
  return person;
};

export const signOut = async (page: Page): Promise<void> => {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
};

/** The list items of the notes on the page. */
export const notesOf = (page: Page): Locator =>
  page.getByRole('list', { name: 'Notes, newest first' }).getByRole('listitem');

/** Notes with exactly this text. One that is being edited does not count. */
export const noteWith = (page: Page, text: string): Locator =>
  notesOf(page).filter({
    has: page.getByRole('paragraph').and(page.getByText(text, { exact: true })),
  });

/** Writes a note and waits until it is listed. */
export const addNote = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('New note').fill(text);
  await page.getByRole('button', { name: 'Add note' }).click();
  await noteWith(page, text).waitFor();
};

/** The value of one claim in the panel. */
export const claim = (page: Page, name: string): Promise<string | null> => {
  const panel = page.getByRole('complementary', { name: 'Who am I?' });
  const term = page.getByText(name, { exact: true });
  return panel.locator('div', { has: term }).last().getByRole('definition').first().textContent();
};
