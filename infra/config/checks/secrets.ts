/** Keeps secrets out of the settings, which are in git and in every template. */
import { must, mustHave } from './refuse.ts';

/** Patterns of the secrets of these services, with their names. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^sb_secret_/, 'a Supabase secret key'],
  [/^sbp_/, 'a Supabase access token'],
  [/^GOCSPX-/, 'a Google client secret'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/^(AKIA|ASIA)[A-Z0-9]{16}$/, 'an AWS access key'],
  [/^postgres(ql)?:\/\/[^@]*:[^@]*@/, 'a database password'],
];

/** The role in a Supabase API key of the older kind. */
const roleOf = (text: string): unknown => {
  const [, payload, ...rest] = text.split('.');
  if (!text.startsWith('eyJ') || !payload || rest.length !== 1) return undefined;
  try {
    return JSON.parse(Buffer.from(payload, 'base64url').toString()).role;
  } catch {
    return undefined;
  }
};

const kindOf = (text: string): string | undefined =>
  SHAPES.find(([shape]) => shape.test(text))?.[1] ??
  (roleOf(text) === 'service_role' ? 'a Supabase service_role key' : undefined);

/** Refuses a setting that looks like a secret, anywhere in the settings. The value is not shown. */
export function checkNoSecrets(value: unknown, key = ''): void {
  if (typeof value === 'string') {
    const kind = kindOf(value);
    must(
      !kind,
      key,
      `is ${kind}, in plain text`,
      'Put it into Secrets Manager, name it here, and replace it: it may have been seen.',
    );
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkNoSecrets(item, `${key}[${index}]`);
  } else if (value && typeof value === 'object') {
    for (const [name, item] of Object.entries(value)) {
      checkNoSecrets(item, key ? `${key}.${name}` : name);
    }
  }
}

/** Requires the name of a secret, not the secret. Long runs of mixed characters are not a name. */
export function checkSecretName(key: string, value: string | undefined) {
  const hint = 'The name of a secret in Secrets Manager, as in cognito-supabase/dev/google.';
  const name = mustHave(value, key, hint);
  must(!name.startsWith('arn:'), key, 'is an ARN', hint);
  must(/^[\w/+=.@-]{1,512}$/.test(name), key, 'is not a valid name in Secrets Manager', hint);
  const looksRandom = name
    .split(/[/.@]/)
    .some(
      (part) => part.length >= 24 && /\d/.test(part) && /[a-z]/.test(part) && /[A-Z]/.test(part),
    );
  must(!looksRandom, key, 'looks like the secret itself, in plain text', hint);
}
