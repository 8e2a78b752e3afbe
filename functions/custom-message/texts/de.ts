/** German. */
import type { LanguageTexts } from './texts.ts';

const ignore = 'Wenn Sie das nicht angefordert haben, können Sie diese Nachricht ignorieren.';

export const de: LanguageTexts = {
  language: 'de',
  username: 'Benutzername',
  password: 'Vorläufiges Passwort',
  kinds: {
    SignUp: {
      subject: 'Bestätigen Sie Ihr Konto',
      text: 'Willkommen. Geben Sie diesen Code ein, um Ihr Konto zu bestätigen.',
      note: ignore,
      sms: '{code} bestätigt Ihr Konto.',
    },
    ResendCode: {
      subject: 'Ihr neuer Code',
      text: 'Geben Sie diesen Code ein, um Ihr Konto zu bestätigen. Frühere Codes gelten nicht mehr.',
      note: ignore,
      sms: '{code} bestätigt Ihr Konto.',
    },
    ForgotPassword: {
      subject: 'Passwort zurücksetzen',
      text: 'Geben Sie diesen Code ein, um ein neues Passwort zu wählen.',
      note: 'Wenn Sie das nicht angefordert haben, bleibt Ihr Passwort, wie es ist.',
      sms: '{code} setzt Ihr Passwort zurück.',
    },
    AdminCreateUser: {
      subject: 'Sie haben ein Konto',
      text: 'Für Sie wurde ein Konto angelegt. Melden Sie sich mit diesem Namen und Passwort an, und wählen Sie dann ein eigenes Passwort.',
      note: 'Das Passwort gilt nur einige Tage.',
      sms: 'Ihr Benutzername ist {username}, Ihr vorläufiges Passwort ist {code}',
    },
    UpdateUserAttribute: {
      subject: 'Bestätigen Sie Ihre neue Adresse',
      text: 'Geben Sie diesen Code ein, um zu bestätigen, dass diese Adresse Ihnen gehört.',
      note: 'Wenn Sie Ihre Adresse nicht geändert haben, ändern Sie Ihr Passwort.',
      sms: '{code} bestätigt diese Nummer.',
    },
    VerifyUserAttribute: {
      subject: 'Bestätigen Sie Ihre Adresse',
      text: 'Geben Sie diesen Code ein, um zu bestätigen, dass diese Adresse Ihnen gehört.',
      note: ignore,
      sms: '{code} bestätigt diese Nummer.',
    },
    Authentication: {
      subject: 'Ihr Code für die Anmeldung',
      text: 'Geben Sie diesen Code ein, um sich anzumelden. Geben Sie ihn nicht weiter.',
      note: 'Wenn Sie sich nicht anmelden wollten, kennt vielleicht jemand Ihr Passwort. Ändern Sie es.',
      sms: '{code} ist Ihr Code für die Anmeldung.',
    },
  },
  own: {
    SignInCode: {
      subject: 'Ihr Code für die Anmeldung',
      text: 'Geben Sie diesen Code ein, um sich anzumelden. Er gilt fünf Minuten. Geben Sie ihn nicht weiter.',
      note: ignore,
    },
    NewDevice: {
      subject: 'Ein neues Gerät',
      text: 'Jemand hat sich auf einem neuen Gerät bei Ihrem Konto angemeldet.',
      note: 'Wenn Sie das nicht waren, ändern Sie jetzt Ihr Passwort.',
    },
  },
};
