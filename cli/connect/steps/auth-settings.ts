/** Sign-ups of Supabase Auth and its e-mail provider are off, because people sign in with Cognito. */
import type { AuthSettings } from '../../hosted/management-api.ts';
import { change, done, leftOut, type Step } from '../step.ts';

type Name = keyof AuthSettings;

interface Wanted {
  readonly name: string;
  readonly setting: Name;
  readonly value: boolean;
  readonly is: string;
  readonly make: string;
}

const stepOf = ({ name, setting, value, is, make }: Wanted): Step => ({
  name,
  async inspect({ api }) {
    const settings = await api.authSettings();
    if (settings[setting] === value) return done(is);
    return change(make, () => api.setAuthSettings({ [setting]: value }));
  },
  async inspectUndo({ api }, { auth }) {
    const settings = await api.authSettings();
    const former = auth[setting];
    if (settings[setting] === former) return done('as it was before');
    if (settings[setting] !== value) return leftOut('somebody has changed it since');
    return change(`set ${setting} to ${former} again`, () =>
      api.setAuthSettings({ [setting]: former }),
    );
  },
});

export const signUps = stepOf({
  name: 'sign-ups of Supabase Auth',
  setting: 'disable_signup',
  value: true,
  is: 'are off',
  make: 'switch off: people sign up in the user pool',
});

export const emailProvider = stepOf({
  name: 'e-mail sign-in of Supabase Auth',
  setting: 'external_email_enabled',
  value: false,
  is: 'is off',
  make: 'switch off: people sign in at the user pool',
});
