/** Reactions of the pool to suspicious sign-ins. */
import { Stack } from 'aws-cdk-lib';
import { CfnUserPoolRiskConfigurationAttachment, type IUserPool } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { EmailSettings, RiskSettings } from '../../config/settings.ts';

export interface ThreatProtectionProps {
  readonly pool: IUserPool;
  readonly risk: RiskSettings;
  /** Sender of the mails about a risky sign-in. @default - no mails are sent */
  readonly email?: EmailSettings;
}

/** Setting → Cognito's name. */
const ACTIONS = {
  none: 'NO_ACTION',
  'mfa-if-configured': 'MFA_IF_CONFIGURED',
  'mfa-required': 'MFA_REQUIRED',
  block: 'BLOCK',
} as const;

/** Cognito replaces the names in braces. */
const DETAILS = 'at {login-time}, from {ip-address} in {city}, {country}, with {device-name}';

const mail = (subject: string, said: string) => ({
  subject,
  textBody: `${said}\nIf it was not you, change your password now.`,
  htmlBody: `<!doctype html><p>${said}</p><p>If it was not you, change your password now.</p>`,
});

const MAILS = {
  noActionEmail: mail('New sign-in to your account', `Somebody signed in ${DETAILS}.`),
  mfaEmail: mail(
    'Sign-in to your account with a second factor',
    `Somebody signed in with your second factor ${DETAILS}.`,
  ),
  blockEmail: mail('Blocked sign-in to your account', `We blocked a sign-in ${DETAILS}.`),
};

/**
 * Reactions of threat protection, for all clients of a pool. They take effect if the pool's
 * `threatProtection` is `enforce`. With `audit` they are only logged.
 *
 * @example new ThreatProtection(this, 'Risk', {
 * pool, risk: { accountTakeover: { high: { action: 'block' } } }, });
 */
export class ThreatProtection extends Construct {
  constructor(scope: Construct, id: string, { pool, risk, email }: ThreatProtectionProps) {
    super(scope, id);
    const {
      accountTakeover,
      compromisedCredentials = 'block',
      blockedRanges,
      skippedRanges,
    } = risk;
    const reaction = (level: 'low' | 'medium' | 'high') => {
      const { action, notify = false } = accountTakeover?.[level] ?? {};
      return action && { eventAction: ACTIONS[action], notify };
    };
    const [lowAction, mediumAction, highAction] = [
      reaction('low'),
      reaction('medium'),
      reaction('high'),
    ];
    const notifies = [lowAction, mediumAction, highAction].some((one) => one?.notify);
    new CfnUserPoolRiskConfigurationAttachment(this, 'Reactions', {
      userPoolId: pool.userPoolId,
      clientId: 'ALL',
      compromisedCredentialsRiskConfiguration: {
        actions: { eventAction: compromisedCredentials === 'block' ? 'BLOCK' : 'NO_ACTION' },
        eventFilter: ['SIGN_IN', 'PASSWORD_CHANGE', 'SIGN_UP'],
      },
      ...(accountTakeover && {
        accountTakeoverRiskConfiguration: {
          actions: {
            ...(lowAction && { lowAction }),
            ...(mediumAction && { mediumAction }),
            ...(highAction && { highAction }),
          },
          ...(notifies && email && { notifyConfiguration: this.sender(email) }),
        },
      }),
      ...((blockedRanges || skippedRanges) && {
        riskExceptionConfiguration: {
          ...(blockedRanges && { blockedIpRangeList: [...blockedRanges] }),
          ...(skippedRanges && { skippedIpRangeList: [...skippedRanges] }),
        },
      }),
    });
  }

  private sender({ from, fromName, replyTo, verifiedDomain, sesRegion }: EmailSettings) {
    const domain = verifiedDomain ?? from.slice(from.indexOf('@') + 1);
    return {
      ...MAILS,
      from: fromName ? `${fromName} <${from}>` : from,
      ...(replyTo && { replyTo }),
      sourceArn: Stack.of(this).formatArn({
        service: 'ses',
        resource: 'identity',
        resourceName: domain,
        ...(sesRegion && { region: sesRegion }),
      }),
    };
  }
}
