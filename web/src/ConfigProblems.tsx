import type { SettingProblem } from './config.ts';

const titleOf = (problems: readonly SettingProblem[]): string => {
  const settings = problems.length === 1 ? 'One setting' : `${problems.length} settings`;
  const verb = problems.length === 1 ? 'is' : 'are';
  const missing = problems.every(({ error }) => error.code === 'SETTING_MISSING');
  return missing ? `${settings} ${verb} missing` : `${settings} ${verb} missing or wrong`;
};

/** Shown in place of the app if settings are missing, with where to find their values. */
export const ConfigProblems = ({ problems }: { readonly problems: readonly SettingProblem[] }) => (
  <main className="setup">
    <h1>{titleOf(problems)}</h1>
    <p>
      The app has to know which user pool and which Supabase project to use. Start everything
      locally with <code>npm start</code>, which sets these by itself, or copy{' '}
      <code>web/.env.example</code> to <code>web/.env.local</code>, fill it in and start again.
    </p>
    <ul className="setup-list">
      {problems.map(({ variable, error }) => (
        <li key={variable}>
          <p>
            <code className="setup-name">{variable}</code>
            {error.message.slice(variable.length)}
          </p>
          <p className="hint">{error.hint}</p>
          <code className="alert-code">{error.code}</code>
        </li>
      ))}
    </ul>
  </main>
);
