import type { Claims } from '@cognito-supabase/client';
import { type AuthProblem, describeAuthError } from '../../auth/auth-problem.ts';
import { Alert } from '../../ui/Alert.tsx';
import { SlowNotice } from '../../ui/SlowNotice.tsx';
import { absoluteTime, clock, describeDrift } from '../../ui/time.ts';
import { useNow } from '../../ui/use-now.ts';
import { useProblem } from '../../ui/use-problem.ts';
import { useWaiting } from '../../ui/use-waiting.ts';
import { claimLines, judgeRole, ROLE_MEANINGS } from './claim-lines.ts';

interface ClaimsPanelProps {
  readonly claims: Claims;
  /** How far Cognito's clock is ahead of this device's, in milliseconds. */
  readonly clockDrift: number;
  /** Renews the token now. */
  readonly onRenew: () => Promise<void>;
}

/** The lifetime of the token, from `iat` to `exp`, and the time that is left. */
const TimeLeft = ({ claims, clockDrift, onRenew }: ClaimsPanelProps) => {
  // By Cognito's clock, because Cognito wrote the times.
  const now = useNow(1000) + clockDrift;
  const waiting = useWaiting();
  const [problem, setProblem] = useProblem<AuthProblem>();
  const renew = async () => {
    if (waiting.pending) return;
    setProblem(null);
    try {
      await waiting.run(onRenew);
    } catch (error) {
      setProblem(describeAuthError(error));
    }
  };

  const issued = Number(claims.iat) * 1000;
  const expires = Number(claims.exp) * 1000;
  if (!Number.isFinite(issued) || !Number.isFinite(expires)) return null;
  // The drift is accurate to a second or two, so the rest must not exceed the lifetime.
  const left = Math.min(expires - now, expires - issued);
  const share = Math.min(1, Math.max(0, left / (expires - issued)));
  return (
    <div className="claims-time">
      <p className="claims-left">
        <span className="claims-time-label">{left > 0 ? 'Valid for' : 'Ended'}</span>{' '}
        <span className="claims-clock" role="timer">
          {left > 0 ? clock(left) : 'renewed at the next request'}
        </span>
      </p>
      <div className="claims-bar" aria-hidden="true">
        <div style={{ transform: `scaleX(${share})` }} />
      </div>
      <dl className="claims-span">
        <div>
          <dt>iat</dt>
          <dd>{absoluteTime(issued)}</dd>
        </div>
        <div>
          <dt>exp</dt>
          <dd>{absoluteTime(expires)}</dd>
        </div>
      </dl>
      <div className="claims-next">
        <p>Amplify renews it by itself.</p>
        <button
          type="button"
          className="button button-link"
          aria-disabled={waiting.pending}
          onClick={renew}
        >
          {waiting.pending ? 'Asking Cognito…' : 'Get a fresh token'}
        </button>
      </div>
      <SlowNotice waiting={waiting} who="Cognito" />
      {describeDrift(clockDrift) && <p className="claims-drift">{describeDrift(clockDrift)}</p>}
      {problem && <Alert code={problem.code}>{problem.text}</Alert>}
    </div>
  );
};

/** The claims of the token, and what each is used for. */
export const ClaimsPanel = ({ claims, clockDrift, onRenew }: ClaimsPanelProps) => {
  const verdict = judgeRole(claims);

  return (
    <aside className="claims" id="who-am-i" aria-labelledby="claims-heading" tabIndex={-1}>
      <h2 id="claims-heading">Who am I?</h2>
      <p className="claims-lead">
        What the access token says. It goes along with every request, and it is all that Postgres
        knows about you.
      </p>
      <dl className="claims-list">
        <div className="claim claim-role">
          <dt>role</dt>
          <dd className="claim-value">
            <mark data-verdict={verdict}>
              {verdict === 'missing' ? 'missing' : String(claims.role)}
            </mark>
          </dd>
          <dd className="claim-meaning" role={verdict === 'authenticated' ? undefined : 'alert'}>
            {ROLE_MEANINGS[verdict]}
          </dd>
        </div>
      </dl>
      <TimeLeft claims={claims} clockDrift={clockDrift} onRenew={onRenew} />
      <dl className="claims-list">
        {claimLines(claims).map(({ name, value, meaning, long }) => (
          <div className="claim" key={name} data-long={long || undefined}>
            <dt>{name}</dt>
            <dd className="claim-value">{value}</dd>
            <dd className="claim-meaning">{meaning}</dd>
          </div>
        ))}
      </dl>
    </aside>
  );
};
