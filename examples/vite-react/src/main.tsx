import { CognitoSupabaseProvider, useSession, useSupabase } from '@cognito-supabase/client/react';
import { signIn } from 'aws-amplify/auth';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { kit } from './kit';

const field = (data: FormData, name: string) => String(data.get(name));

function SignIn() {
  const [problem, setProblem] = useState('');
  const submit = (data: FormData) =>
    signIn({ username: field(data, 'email'), password: field(data, 'password') }).then(
      () => setProblem(''),
      (error: Error) => setProblem(error.message),
    );
  return (
    <form action={submit}>
      <input name="email" type="email" aria-label="Email" required />
      <input name="password" type="password" aria-label="Password" required />
      <button type="submit">Sign in</button>
      <p role="alert">{problem}</p>
    </form>
  );
}

function Letters() {
  const supabase = useSupabase();
  const [letters, setLetters] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState('');
  const read = async () => {
    const { data, error } = await supabase.from('letters').select('body');
    setProblem(error?.message ?? '');
    setLetters(data?.map(({ body }) => body) ?? []);
  };
  const add = async (data: FormData) => {
    const { error } = await supabase.from('letters').insert({ body: field(data, 'body') });
    if (error) setProblem(error.message);
    else await read();
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the person has signed in
  useEffect(() => void read(), []);
  return (
    <>
      <form action={add}>
        <input name="body" aria-label="Letter" required />
        <button type="submit">Send</button>
      </form>
      <ul>
        {letters.map((body) => (
          <li key={body}>{body}</li>
        ))}
      </ul>
      <p role="alert">{problem}</p>
    </>
  );
}

function App() {
  const { status } = useSession();
  if (status === 'restoring') return <p>One moment …</p>;
  if (status === 'unreachable') return <p>Cognito does not answer.</p>;
  return status === 'signedIn' ? <Letters /> : <SignIn />;
}

const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <CognitoSupabaseProvider value={kit}>
      <App />
    </CognitoSupabaseProvider>,
  );
