import { RowsFigure } from '../../ui/RowsFigure.tsx';

/** The way of a token in three steps. */
export const TokensWay = () => (
  <ol className="way" aria-label="How it works">
    <li className="way-station">
      <div className="way-figure" aria-hidden="true">
        <span className="way-line">you@example.com</span>
        <span className="way-line way-quiet">•••••••••</span>
      </div>
      <h3>Cognito</h3>
      <p>knows who you are and signs a token that says so.</p>
    </li>
    <li className="way-station">
      <div className="way-figure" aria-hidden="true">
        <span className="way-line way-quiet">sub: 6f1c…</span>
        <span className="way-line">
          <mark>role: authenticated</mark>
        </span>
      </div>
      <h3>Token</h3>
      <p>
        carries <code>role</code>, added by a trigger as the token is made.
      </p>
    </li>
    <li className="way-station">
      <div className="way-figure" aria-hidden="true">
        <RowsFigure mine={[2]} />
      </div>
      <h3>Postgres</h3>
      <p>
        takes that role and shows the rows whose owner is your <code>sub</code>.
      </p>
    </li>
  </ol>
);
