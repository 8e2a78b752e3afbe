/** The other triggers, without Lambda and environment: each is made of its parts, and composed with `chain`. */
export {
  type CreateChallengeParts,
  createAuthChallenge,
  defineAuthChallenge,
  verifyAuthChallenge,
} from '../auth-challenge/challenge.ts';
export { type CustomMessageSettings, customMessage } from '../custom-message/core.ts';
export { type PostAuthenticationParts, postAuthentication } from '../post-authentication/core.ts';
export { type PostConfirmationParts, postConfirmation } from '../post-confirmation/core.ts';
export { type PreAuthenticationParts, preAuthentication } from '../pre-authentication/core.ts';
export { type PreSignUpParts, preSignUp } from '../pre-sign-up/core.ts';
export { parseDomain } from '../pre-sign-up/domains.ts';
export { signUpPool } from '../pre-sign-up/user-pool.ts';
export { type ServiceRpc, serviceRpc } from '../service/data-api.ts';
export { secretKeyReader } from '../service/secret-key.ts';
export { applyUserEvent, parseUserEvent, type UserEvent } from '../user-events/event.ts';
export { queueSender, queueWorker } from '../user-events/queue.ts';
export { type UserMigrationParts, userMigration } from '../user-migration/core.ts';
export { oldAccounts } from '../user-migration/old-accounts.ts';
export { type OldProject, passwordChecker } from '../user-migration/supabase-auth.ts';
