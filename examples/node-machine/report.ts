import { createCognitoSupabase } from '@cognito-supabase/client';
import { type MachineCredentials, machineAuth } from '@cognito-supabase/client/machine';

interface Project {
  readonly url: string;
  readonly publishableKey: string;
}

/** Counts everybody's letters, which the policy for this program allows. */
export async function countLetters(
  { url, publishableKey }: Project,
  credentials: MachineCredentials,
): Promise<number> {
  const auth = machineAuth({ ...credentials, scopes: ['letters/read'] });
  const { supabase, close } = createCognitoSupabase({ url, publishableKey, auth });
  try {
    const letters = supabase.from('letters').select('*', { count: 'exact', head: true });
    return (await letters.throwOnError()).count ?? 0;
  } finally {
    close();
  }
}
