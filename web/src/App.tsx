import type { Person } from '@cognito-supabase/client';
import { useSession, useSupabase } from '@cognito-supabase/client/react';
import { useEffect, useRef } from 'react';
import { describeAuthError } from './auth/auth-problem.ts';
import type { DataClient } from './data/client.ts';
import type { Database } from './data/database.types.ts';
import { ClaimsPanel } from './features/claims/ClaimsPanel.tsx';
import { judgeRole } from './features/claims/claim-lines.ts';
import { forgetDrafts } from './features/notes/drafts.ts';
import { NotesPanel } from './features/notes/NotesPanel.tsx';
import { SignedOut } from './features/session/SignedOut.tsx';
import { Alert } from './ui/Alert.tsx';
import { Header } from './ui/Header.tsx';

interface AppProps {
  readonly cognitoEndpoint: string | null;
}

interface SignedInProps {
  readonly person: Person;
  readonly client: DataClient;
  readonly onRenew: () => Promise<void>;
}

const SignedIn = ({ person, client, onRenew }: SignedInProps) => (
  <div className="signed-in">
    <p className="who">
      Signed in as <strong>{person.name}</strong>
    </p>
    <a className="role-link" href="#who-am-i">
      <span>
        Postgres runs you as{' '}
        <mark data-verdict={judgeRole(person.claims)}>{String(person.claims.role ?? 'anon')}</mark>
      </span>
      <span>Who am I?</span>
    </a>
    {/* The key makes everything new for another person, so that nothing of one reaches the other. */}
    <NotesPanel
      key={person.sub}
      client={client}
      owner={person.sub}
      clockDrift={person.clockDrift}
    />
    <ClaimsPanel claims={person.claims} clockDrift={person.clockDrift} onRenew={onRenew} />
  </div>
);

/** The whole page: the notes of the signed-in person, or the sign-in screens. */
export const App = ({ cognitoEndpoint }: AppProps) => {
  const state = useSession();
  const client = useSupabase<Database>();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(state.status);

  useEffect(() => {
    const before = shown.current;
    shown.current = state.status;
    // Signing in or out replaces the focused element. A reload does not.
    if (before === state.status || before === 'restoring') return;
    // Scroll to the top of the new page, where the header shows who is signed in.
    main.current?.focus({ preventScroll: true });
    window.scrollTo({ top: 0 });
  }, [state.status]);

  return (
    <>
      <Header
        person={state.status === 'signedIn' ? state.person : null}
        onSignOut={async () => {
          forgetDrafts();
          await state.signOut();
        }}
      />
      <main ref={main} tabIndex={-1}>
        {state.status === 'restoring' && (
          <p className="restoring" role="status">
            Looking for your session…
          </p>
        )}
        {state.status === 'unreachable' && (
          <div className="setup">
            <Alert code={describeAuthError(state.error).code}>
              {describeAuthError(state.error).text}
            </Alert>
            <button type="button" className="button" onClick={state.restore}>
              Try again
            </button>
          </div>
        )}
        {state.status === 'signedOut' && (
          <SignedOut end={state.end} cognitoEndpoint={cognitoEndpoint} />
        )}
        {state.status === 'signedIn' && (
          <SignedIn person={state.person} client={client} onRenew={state.refreshClaims} />
        )}
      </main>
    </>
  );
};
