/** The forms of managed login. */
import { html } from 'hono/html';
import { COGNITO } from '../../core/users/identity-providers.ts';
import { type Html, layout } from './layout.ts';

/** What every form needs: the query of the request, and a protection against foreign forms. */
export interface FormContext {
  readonly query: string;
  readonly csrf: string;
  /** By what people sign in to this pool. */
  readonly signInName: Pick<Field, 'label' | 'type'>;
  /** What the pool requires of a new account besides, by the attribute's name. */
  readonly required: readonly Pick<Field, 'name' | 'label' | 'type'>[];
  /** Names of the app client's identity providers. `COGNITO` is the pool itself. */
  readonly providers: readonly string[];
  /** Why the last attempt was refused. */
  readonly problem?: string | undefined;
  /** What has just happened, such as that a code was sent. */
  readonly notice?: string | undefined;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'email' | 'password' | 'tel' | 'text';
  readonly autocomplete?: string;
  readonly value?: string | undefined;
  /** Makes it a list to choose from: value and label. */
  readonly options?: readonly (readonly [value: string, label: string])[];
}

interface Form {
  readonly title: string;
  readonly action: string;
  readonly button: string;
  readonly fields: readonly Field[];
  readonly hidden?: Readonly<Record<string, string>>;
  readonly links?: readonly (readonly [path: string, label: string])[];
}

const field = ({ name, label, options, ...rest }: Field): Html =>
  html`<label for="${name}">${label}</label>
${options ? select(name, options) : input(name, rest)}`;

const select = (name: string, options: NonNullable<Field['options']>): Html =>
  html`<select id="${name}" name="${name}">${options.map(
    ([value, label]) => html`<option value="${value}">${label}</option>`,
  )}</select>`;

const input = (
  name: string,
  {
    type = 'text',
    autocomplete = 'off',
    value = '',
  }: Pick<Field, 'type' | 'autocomplete' | 'value'>,
): Html =>
  html`<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}" required>`;

/** Links to the other identity providers, for the sign-in page. */
function providerLinks({ providers, query }: FormContext): Html {
  const others = providers.filter((name) => name !== COGNITO);
  const hrefOf = (name: string): string => {
    const parameters = new URLSearchParams(query);
    parameters.set('identity_provider', name);
    return `/oauth2/authorize?${parameters}`;
  };
  return html`${others.map(
    (name) => html`<a class="provider" href="${hrefOf(name)}">Continue with ${name}</a>`,
  )}`;
}

function page(form: Form, context: FormContext): Html {
  const { problem, notice } = context;
  return layout(
    form.title,
    html`${problem === undefined ? '' : html`<p role="alert">${problem}</p>`}
${notice === undefined ? '' : html`<p role="status">${notice}</p>`}
${form.action === '/login' ? providerLinks(context) : ''}
${context.providers.includes(COGNITO) ? formOf(form, context) : ''}`,
  );
}

const formOf = (form: Form, { query, csrf }: FormContext): Html => {
  const hidden = Object.entries({ ...form.hidden, _csrf: csrf });
  return html`<form method="post" action="${form.action}?${query}">
${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
${form.fields.map(field)}
<button>${form.button}</button>
</form>
<nav>${(form.links ?? []).map(([path, label]) => html`<a href="${path}?${query}">${label}</a>`)}</nav>`;
};

const username = ({ signInName }: FormContext, value?: string): Field => ({
  ...signInName,
  name: 'username',
  autocomplete: 'username',
  value,
});
const newPassword: Field = {
  name: 'password',
  label: 'New password',
  type: 'password',
  autocomplete: 'new-password',
};
const code: Field = { name: 'code', label: 'Code', autocomplete: 'one-time-code' };

export const loginPage = (context: FormContext, name?: string): Html =>
  page(
    {
      title: 'Sign in',
      action: '/login',
      button: 'Sign in',
      fields: [
        username(context, name),
        {
          name: 'password',
          label: 'Password',
          type: 'password',
          autocomplete: 'current-password',
        },
      ],
      links: [
        ['/forgotPassword', 'Forgot your password?'],
        ['/signup', 'Create an account'],
      ],
    },
    context,
  );

export const signUpPage = (context: FormContext, name?: string): Html =>
  page(
    {
      title: 'Create an account',
      action: '/signup',
      button: 'Create the account',
      fields: [
        username(context, name),
        ...context.required.map((one) => ({ ...one, autocomplete: 'on' })),
        { ...newPassword, label: 'Password' },
      ],
      links: [['/login', 'I have an account']],
    },
    context,
  );

export const confirmPage = (context: FormContext, session: string): Html =>
  page(
    {
      title: 'Confirm your account',
      action: '/confirmUser',
      button: 'Confirm',
      fields: [code],
      hidden: { session },
      links: [['/login', 'Back to sign-in']],
    },
    context,
  );

export const forgotPage = (context: FormContext, name?: string): Html =>
  page(
    {
      title: 'Reset your password',
      action: '/forgotPassword',
      button: 'Send me a code',
      fields: [username(context, name)],
      links: [['/login', 'Back to sign-in']],
    },
    context,
  );

export const resetPage = (context: FormContext, username: string): Html =>
  page(
    {
      title: 'Choose a new password',
      action: '/confirmForgotPassword',
      button: 'Change the password',
      fields: [code, newPassword],
      hidden: { username },
      links: [['/login', 'Back to sign-in']],
    },
    context,
  );

export const changePasswordPage = (context: FormContext, session: string): Html =>
  page(
    {
      title: 'Choose a new password',
      action: '/changePassword',
      button: 'Change the password',
      fields: [newPassword],
      hidden: { session },
    },
    context,
  );

export const mfaPage = (context: FormContext, session: string): Html =>
  page(
    {
      title: 'Enter your second factor',
      action: '/mfa',
      button: 'Continue',
      fields: [code],
      hidden: { session },
    },
    context,
  );

const FACTOR_LABELS = {
  SMS_MFA: 'A code by SMS',
  SOFTWARE_TOKEN_MFA: 'An authenticator app',
  EMAIL_OTP: 'A code by mail',
} as const;

export const selectMfaPage =
  (factors: readonly (keyof typeof FACTOR_LABELS)[]) =>
  (context: FormContext, session: string): Html =>
    page(
      {
        title: 'Choose your second factor',
        action: '/selectMfa',
        button: 'Continue',
        fields: [
          {
            name: 'factor',
            label: 'Second factor',
            options: factors.map((factor) => [factor, FACTOR_LABELS[factor]] as const),
          },
        ],
        hidden: { session },
      },
      context,
    );

export const setUpMfaPage =
  (secret: string) =>
  (context: FormContext, session: string): Html =>
    page(
      {
        title: 'Set up your authenticator app',
        action: '/setUpMfa',
        button: 'Continue',
        fields: [code],
        hidden: { session },
      },
      { notice: `Enter this key in your authenticator app: ${secret}`, ...context },
    );

export const messagePage = (title: string, text: string): Html =>
  layout(title, html`<p role="status">${text}</p>`);

export const errorPage = (reason: string): Html =>
  layout('This link does not work', html`<p role="alert">${reason}</p>`);
