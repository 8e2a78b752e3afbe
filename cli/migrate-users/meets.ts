/** What a person meets at the next sign-in, in plain words. */

export interface Meets {
  /** How the person signs in. */
  readonly first: string;
  readonly more: readonly string[];
}

export const inWords = ({ first, more }: Meets): string => [first, ...more].join('; ');

export const NEW_PASSWORD = 'chooses a new password by "forgot password"';
const FACTORS = 'sets up second factors again';
/** The old password is another one, unless an import job took its hash. */
const KEEPS_OF_POOL = `keeps the password of the pool, or ${NEW_PASSWORD}`;

/** @param hasFactors whether the person has second factors where the person leaves */
export const factors = (hasFactors: boolean): readonly string[] => (hasFactors ? [FACTORS] : []);

/**
 * For a person whom the pool knows already, by an import job or before.
 *
 * @param status of the user in the pool.
 */
export function withStatus(status: string, { first, more }: Meets): Meets {
  const words = new Map([
    ['CONFIRMED', KEEPS_OF_POOL],
    ['FORCE_CHANGE_PASSWORD', 'needs the temporary password of an invitation, or a new invitation'],
  ]);
  return {
    first: words.get(status) ?? first,
    more: more.map((one) => (one === FACTORS ? `${FACTORS}, unless the pool has them` : one)),
  };
}

/** For a person whose hash is in the file of an import job. */
export const withHash = ({ more }: Meets): Meets => ({
  first: 'keeps the password, if the import job takes its hash',
  more,
});
