/** pgTAP files in vitest. */
import { runPgtap } from '@cognito-supabase/local/pgtap';
import { expect } from 'vitest';

export { readPgtap, resolveIncludes } from '@cognito-supabase/local/pgtap';

/** Expects every test that `sql` plans to pass. */
export async function expectPgtap(databaseUrl: string, sql: string): Promise<void> {
  const { planned, passed, failed } = await runPgtap(databaseUrl, sql);
  expect(failed, failed.join('\n')).toEqual([]);
  expect(passed).toBe(planned);
}
