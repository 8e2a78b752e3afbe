/** Two people in two browsers: each sees only their own rows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, type TestBrowser } from '../support/browser.ts';
import { stackEnv } from '../support/stack.ts';
import {
  addNote,
  claim,
  join,
  notesOf,
  noteWith,
  type Person,
  seeNotes,
  signOut,
} from './person.ts';

const stack = stackEnv();
let browser: TestBrowser;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  browser = await startBrowser();
  [ada, bob] = await Promise.all([join(browser, stack, 'ada'), join(browser, stack, 'bob')]);
});

afterAll(() => browser?.close());

/** Rows, or an error. */
// biome-ignore lint/suspicious/noExplicitAny: the tests know the type
type Answer = any;

/** Answers of the Data API to a request inside a person's page, with their token. */
const inPage = (person: Person, path: string, init: { method?: string; body?: string } = {}) =>
  person.page.evaluate(
    async ({ url, key, init }) => {
      const entry = Object.keys(localStorage).find((name) => name.endsWith('.accessToken'));
      const token = entry && localStorage.getItem(entry);
      const response = await fetch(url, {
        ...init,
        headers: {
          apikey: key,
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          prefer: 'return=representation',
        },
      });
      return { status: response.status, body: (await response.json()) as Answer };
    },
    { url: `${stack.SUPABASE_URL}/rest/v1/${path}`, key: stack.SUPABASE_PUBLISHABLE_KEY, init },
  );

const insert = (person: Person, row: object) =>
  inPage(person, 'notes', { method: 'POST', body: JSON.stringify(row) });

const subOf = (person: Person) => claim(person.page, 'sub');

it('shows each of them their own notes, and still does after a reload', async () => {
  await addNote(ada.page, "Ada's note");
  await addNote(bob.page, "Bob's note");
  for (const { page } of [ada, bob]) {
    await page.reload();
    await seeNotes(page);
  }
  expect(await notesOf(ada.page).count()).toBe(1);
  expect(await notesOf(bob.page).count()).toBe(1);
  expect(await noteWith(ada.page, "Ada's note").count()).toBe(1);
  expect(await noteWith(bob.page, "Bob's note").count()).toBe(1);
});

it("gives Bob none of Ada's notes, with any request", async () => {
  const adasSub = await subOf(ada);
  const bobsSub = await subOf(bob);
  const all = await inPage(bob, 'notes?select=owner_sub');
  expect(new Set(all.body.map(({ owner_sub }: { owner_sub: string }) => owner_sub))).toEqual(
    new Set([bobsSub]),
  );
  expect(await inPage(bob, `notes?owner_sub=eq.${adasSub}`)).toEqual({ status: 200, body: [] });
  const theft = { method: 'PATCH', body: JSON.stringify({ body: 'mine now' }) };
  expect((await inPage(bob, `notes?owner_sub=eq.${adasSub}`, theft)).body).toEqual([]);
  const removal = { method: 'DELETE' };
  expect((await inPage(bob, `notes?owner_sub=eq.${adasSub}`, removal)).body).toEqual([]);

  await ada.page.reload();
  await noteWith(ada.page, "Ada's note").waitFor();
});

it("refuses a note that Bob writes in Ada's name", async () => {
  const forged = await insert(bob, { body: 'forged', owner_sub: await subOf(ada) });
  expect(forged.status).toBe(403);
  expect(forged.body.code).toBe('42501');
  // The browser reports the expected 403 as an error of the page.
  bob.complaints.length = 0;

  const honest = await insert(bob, { body: 'honest', owner_sub: await subOf(bob) });
  expect(honest.status).toBe(201);
});

describe('who am I', () => {
  it('shows the role from the trigger, and the sub', async () => {
    expect(await claim(ada.page, 'role')).toBe('authenticated');
    expect(await claim(ada.page, 'token_use')).toBe('access');
    expect(await claim(ada.page, 'client_id')).toBe(stack.COGNITO_CLIENT_ID);
    expect(await claim(ada.page, 'iss')).toBe(stack.COGNITO_ISSUER);
    expect(await subOf(ada)).toMatch(/^[0-9a-f-]{36}$/);
    expect(await subOf(ada)).not.toBe(await subOf(bob));
  });

  it('counts down to the end of the token', async () => {
    const timer = ada.page.getByRole('timer');
    const before = await timer.textContent();
    expect(before).toMatch(/^\d+:\d\d/);
    await expect.poll(() => timer.textContent()).not.toBe(before);
  });
});

it('lists nothing once Ada has signed out, and the API has no rows for a visitor', async () => {
  await signOut(ada.page);
  expect(await notesOf(ada.page).count()).toBe(0);
  expect(await ada.page.getByText("Ada's note").count()).toBe(0);

  const visitor = await fetch(`${stack.SUPABASE_URL}/rest/v1/notes?select=*`, {
    headers: {
      apikey: stack.SUPABASE_PUBLISHABLE_KEY,
      authorization: `Bearer ${stack.SUPABASE_PUBLISHABLE_KEY}`,
    },
  });
  const answer = (await visitor.json()) as unknown;
  // Without a grant to anon Postgres refuses. With one, its policies return no rows.
  if (visitor.ok) expect(answer).toEqual([]);
  else expect(answer).toMatchObject({ code: '42501' });
});

it('did all this without an error on the console', () => {
  expect([...ada.complaints, ...bob.complaints]).toEqual([]);
});
