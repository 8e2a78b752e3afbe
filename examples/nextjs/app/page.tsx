import { ActionForm, SignInForm, SignOutButton } from '@cognito-supabase/client/nextjs';
import { serverClient } from '@cognito-supabase/client/nextjs/server';
import { refresh } from 'next/cache';
import { headers } from 'next/headers';

// The page has rows of the person who asks, so there is nothing to make in advance.
export const instant = false;

async function send(data: FormData) {
  'use server';
  const supabase = serverClient(await headers());
  const { error } = await supabase.from('letters').insert({ body: data.get('body') });
  refresh();
  return error?.message;
}

export default async function Home() {
  const supabase = serverClient(await headers());
  const { data, error, status } = await supabase.from('letters').select('id, body');
  if (status === 401) return <SignInForm />;
  if (error) throw new Error(error.message);
  const letters = data.map(({ id, body }) => <li key={id}>{body}</li>);
  return (
    <main>
      <ActionForm action={send}>
        <input name="body" aria-label="Letter" required />
        <button type="submit">Send</button>
      </ActionForm>
      <ul>{letters}</ul>
      <SignOutButton />
    </main>
  );
}
