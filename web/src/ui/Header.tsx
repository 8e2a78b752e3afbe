import type { Person } from '@cognito-supabase/client';
import { useWaiting } from './use-waiting.ts';

interface HeaderProps {
  readonly person: Person | null;
  readonly onSignOut: () => Promise<void>;
}

/** The logo: rows, one of them highlighted. */
const Mark = () => (
  <svg className="mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <rect className="mark-row" x="2" y="3" width="14" height="3.5" rx="1" />
    <rect className="mark-mine" x="2" y="9.5" width="20" height="5" rx="1" />
    <rect className="mark-row" x="2" y="17.5" width="17" height="3.5" rx="1" />
  </svg>
);

/** The name of the app, and the signed-in person. */
export const Header = ({ person, onSignOut }: HeaderProps) => {
  const waiting = useWaiting();

  const signOut = async () => {
    if (waiting.pending) return;
    // If Cognito does not answer, the button and the session come back.
    await waiting.run(onSignOut).catch(() => {});
  };

  return (
    <header className="header">
      <p className="wordmark">
        <Mark />
        <span>
          Cognito <span className="wordmark-with">with</span> Supabase
        </span>
      </p>
      {person && (
        <div className="account">
          <span className="account-name" title={person.name}>
            {person.name}
          </span>
          <button
            type="button"
            className="button button-quiet"
            aria-disabled={waiting.pending}
            onClick={signOut}
          >
            {waiting.pending ? 'Signing out…' : 'Sign out'}
          </button>
        </div>
      )}
    </header>
  );
};
