/** What the database of the new project knows of old accounts. */
import type { ServiceRpc } from '../service/data-api.ts';
import type { UserMigrationParts } from './core.ts';
import type { OldAccount } from './supabase-auth.ts';

function accountOf(row: unknown): OldAccount | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  const { id, email, phone, email_verified, phone_verified } = row as Record<string, unknown>;
  if (typeof id !== 'string') return undefined;
  return {
    id,
    email: typeof email === 'string' ? email : undefined,
    phone: typeof phone === 'string' ? `+${phone.replace(/^\+/, '')}` : undefined,
    isEmailVerified: email_verified === true,
    isPhoneVerified: phone_verified === true,
  };
}

/**
 * @param rpc For the service, at the new project
 * @param oldRpc For the service, at the project that has the old accounts
 */
export const oldAccounts = (
  rpc: ServiceRpc,
  oldRpc: ServiceRpc,
): Pick<UserMigrationParts, 'findAccount' | 'prepare'> => ({
  findAccount: async (address) => accountOf(await oldRpc('old_account', { address })),
  prepare: async (oldId, address) => {
    await rpc('prepare_transfer', { old_id: oldId, address });
  },
});
