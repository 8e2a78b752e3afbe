/** Findings in AWS, and in the settings of a hosted project. */
import { error, note, warning } from './entry.ts';

export const CLOUD = {
  'pool-missing': error(
    'there is no such user pool',
    'Nobody can sign in.',
    'check pool id, region and account',
  ),
  'pool-issuer-updated': error(
    'the user pool is set to the newer form of issuer',
    'Supabase builds the original form from pool id and region, and refuses the tokens.',
    'set IssuerConfiguration.Type to ORIGINAL',
  ),
  'trigger-missing': error(
    'the user pool has no pre-token trigger',
    'Tokens have no claim role, so everybody is anon.',
    'npx cognito-supabase attach --pool POOL --function ARN --apply',
  ),
  'trigger-version-1': error(
    'the pre-token trigger gets events of version 1',
    'It changes the ID token only, so the access token has no role.',
    'npx cognito-supabase attach --pool POOL --function ARN --version V3_0 --apply',
  ),
  'plan-too-low': error(
    'the plan of the pool does not call triggers of version 2 or 3',
    'The access token has no role.',
    'move the pool to the plan Essentials or Plus',
  ),
  'function-missing': error(
    'a trigger of the pool names a function that is gone',
    'Cognito refuses each sign-in that calls it.',
    'deploy it again, or take the trigger off the pool',
  ),
  'function-not-permitted': error(
    'the pool may not call its trigger',
    'Cognito refuses each sign-in.',
    'aws lambda add-permission: npx cognito-supabase attach prints the command',
  ),
  'function-code-changed': error(
    'a function of the pool runs other code than was deployed',
    'Somebody changed it past the deployment. It can put any claim into a token.',
    'find out who changed it (UpdateFunctionCode in CloudTrail), then aws lambda update-function-code with bucket and key of the template',
  ),
  'function-code-older': warning(
    'a function of the pool was deployed by an older version of the kit',
    'It lacks what later versions corrected.',
    'npm update @cognito-supabase/cdk, then cdk deploy',
  ),
  'alarm-without-action': warning(
    'an alarm of the pool tells nobody, and sets off no composite alarm that does',
    'A trigger that fails is found by the people who cannot sign in.',
    'give the alarm the topic of the stack as its action',
  ),
  'alarm-without-subscriber': warning(
    'nobody has subscribed to the topic of an alarm',
    'A trigger that fails is found by the people who cannot sign in.',
    'aws sns subscribe --topic-arn TOPIC --protocol email --notification-endpoint ADDRESS',
  ),
  'third-party-missing': error(
    'the hosted project does not know the user pool',
    'It refuses every token. `supabase config push` leaves this setting out.',
    'npx cognito-supabase connect --stage STAGE, or Authentication, Third-party auth in the dashboard',
  ),
  'third-party-other-issuer': error(
    'the hosted project knows another issuer',
    'It refuses every token of this pool.',
    'remove the registration and add this pool: npx cognito-supabase connect --stage STAGE',
  ),
  'third-party-several': warning(
    'the hosted project knows other issuers beside the pool',
    'Their tokens are accepted where trust is not checked.',
    'remove what is not used: Authentication, Third-party auth',
  ),
  'third-party-own-keys': error(
    'the hosted project accepts keys that the issuer does not publish',
    'A person who has such a key can make a token of anybody.',
    'remove the registration (Authentication, Third-party auth), then npx cognito-supabase connect --stage STAGE, which adds the pool by its issuer',
  ),
  'third-party-keys-stale': error(
    'the hosted project has no current key of the issuer',
    'It refuses every token. It fetches keys again within 30 minutes, if it can read them.',
    'remove the registration (Authentication, Third-party auth), then npx cognito-supabase connect --stage STAGE, which adds it again',
  ),
  'project-sign-ups-open': warning(
    'Supabase Auth of the hosted project takes sign-ups',
    'Everybody can get a token of the project, which is accepted where trust is not checked.',
    'Authentication, Sign In / Providers: switch off "Allow new users to sign up"',
  ),
  'project-anonymous-sign-ins': warning(
    'Supabase Auth of the hosted project takes anonymous sign-ins',
    'Everybody can get a token with the role authenticated.',
    'Authentication, Sign In / Providers: switch off anonymous sign-ins',
  ),
  'function-verify-jwt': note(
    'the platform checks tokens before a deployed Edge Function that seems to verify them itself',
    'Its documentation names tokens of Supabase Auth only. Others get 401. Without its check, everybody can call the function.',
    'only if the function verifies the token of its caller itself: verify_jwt = false in [functions.NAME], and npx supabase functions deploy NAME',
  ),
  'function-not-deployed': note(
    'an Edge Function of the project folder is not deployed',
    'A call of it gets 404.',
    'npx supabase functions deploy NAME, or delete its folder',
  ),
  'project-exposes-schema': error(
    'the Data API of the hosted project exposes a private schema',
    'Its tables have no policies for people.',
    'take it out of the exposed schemas: Settings, Data API',
  ),
  'project-other-schemas': note(
    'the Data API of the hosted project exposes other schemas than config.toml',
    'What works on this machine can be missing there, or the other way round.',
    'change the exposed schemas (Settings, Data API), or [api] schemas in config.toml',
  ),
};
