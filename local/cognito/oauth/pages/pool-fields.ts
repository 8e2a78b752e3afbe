/** Fields of the pages that depend on the pool: the name at sign-in, and what a new account must have. */

import type { Pool } from '../../core/pool/pool.ts';
import { requiredAttributes } from '../../core/users/attributes.ts';
import type { FormContext } from './forms.ts';

const CONTACTS = {
  email: { label: 'Email', type: 'email' },
  phone_number: { label: 'Phone number', type: 'tel' },
} as const;

/** As `given_name` → `Given name`. */
const labelOf = (name: string): string => {
  const words = name.replace('custom:', '').replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

export function fieldsOf({ store }: Pool): Pick<FormContext, 'signInName' | 'required'> {
  const { UsernameAttributes: names = [], AutoVerifiedAttributes: verified = [] } = store.settings;
  const [only, ...others] = names;
  const signInName =
    only === undefined
      ? { label: 'Username', type: 'text' as const }
      : others.length > 0
        ? { label: 'Email or phone number', type: 'text' as const }
        : CONTACTS[only];
  // The name stands for its attribute. Where there are two, either will do.
  const asked = new Set<string>([
    ...requiredAttributes(store),
    ...(names.length > 1 ? [] : verified),
  ]);
  for (const name of names) asked.delete(name);
  const fields = [...asked].map((name) => ({
    name,
    ...(name === 'email' || name === 'phone_number' ? CONTACTS[name] : { label: labelOf(name) }),
  }));
  return { signInName, required: fields };
}
