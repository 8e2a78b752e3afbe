import { createContext, type InputHTMLAttributes, use, useId, useState } from 'react';

/** Connects the fields of a form with the error above them. */
export const ProblemContext = createContext<{ alertId: string; field: string | null } | null>(null);

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly name: string;
  readonly hint?: string;
}

/** A labelled input. It is marked if the form's error is about it. */
export const Field = ({ label, hint, type, className = '', ...input }: FieldProps) => {
  const id = useId();
  const problem = use(ProblemContext);
  const wrong = problem?.field === input.name;
  const [shown, setShown] = useState(false);
  const secret = type === 'password';
  const describedBy = [wrong && problem.alertId, hint && `${id}-hint`].filter(Boolean).join(' ');

  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="field-box">
        <input
          required
          spellCheck={false}
          autoCapitalize="none"
          {...input}
          id={id}
          className={`input ${className}`}
          type={secret && shown ? 'text' : type}
          aria-invalid={wrong || undefined}
          aria-describedby={describedBy || undefined}
        />
        {secret && (
          <button
            type="button"
            className="field-reveal"
            aria-pressed={shown}
            aria-label={`Show ${label.toLowerCase()}`}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide' : 'Show'}
          </button>
        )}
      </div>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
};

/** A one-time code from a mail or an app: digits, which a phone can fill in. */
export const CodeField = ({ label = 'Code' }: { readonly label?: string }) => (
  <Field
    label={label}
    name="code"
    inputMode="numeric"
    autoComplete="one-time-code"
    className="input-code"
  />
);
