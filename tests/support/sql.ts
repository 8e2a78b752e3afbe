/** Statements with separate values, so that no test builds SQL from text. */

export interface Statement {
  readonly text: string;
  readonly values: unknown[];
}

/**
 * A statement whose `${…}` become parameters.
 *
 * @example
 * await client.query(sql`select * from public.notes where owner_sub = ${sub}`);
 */
export const sql = (parts: TemplateStringsArray, ...values: unknown[]): Statement => ({
  text: parts.reduce((text, part, at) => `${text}$${at}${part}`),
  values,
});
