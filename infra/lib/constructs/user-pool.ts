/** The user pool, with its rules for sign-up and sign-in. */
import { RemovalPolicy } from 'aws-cdk-lib';
import {
  AccountRecovery,
  BooleanAttribute,
  type CfnUserPool,
  CfnUserPoolGroup,
  DateTimeAttribute,
  FeaturePlan,
  type ICustomAttribute,
  Mfa,
  NumberAttribute,
  PasskeyUserVerification,
  type StandardAttributes,
  StandardThreatProtectionMode,
  StringAttribute,
  UserPool,
  UserPoolEmail,
} from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import { planOf } from '../../config/checks/pool.ts';
import type { AttributeSettings, EmailSettings, PoolSettings } from '../../config/settings.ts';
import { explain } from '../explain.ts';

export interface KitUserPoolProps extends PoolSettings {
  /** @default - a name by CloudFormation */
  readonly name?: string;
  /** RETAIN also protects the pool from deletion. @default - RETAIN */
  readonly removalPolicy?: RemovalPolicy;
}

const attribute = ({ type, max, mutable = true }: AttributeSettings): ICustomAttribute => {
  switch (type) {
    case 'string':
      return new StringAttribute({ mutable, ...(max !== undefined && { maxLen: max }) });
    case 'number':
      return new NumberAttribute({ mutable, ...(max !== undefined && { max }) });
    case 'boolean':
      return new BooleanAttribute({ mutable });
    case 'datetime':
      return new DateTimeAttribute({ mutable });
  }
};

const sender = ({ from, fromName, replyTo, verifiedDomain, sesRegion }: EmailSettings) =>
  UserPoolEmail.withSES({
    fromEmail: from,
    sesVerifiedDomain: verifiedDomain ?? from.slice(from.indexOf('@') + 1),
    ...(fromName && { fromName }),
    ...(replyTo && { replyTo }),
    ...(sesRegion && { sesRegion }),
  });

/** Standard attributes with CDK's names. */
const STANDARD = {
  address: 'address',
  birthdate: 'birthdate',
  family_name: 'familyName',
  gender: 'gender',
  given_name: 'givenName',
  locale: 'locale',
  middle_name: 'middleName',
  name: 'fullname',
  nickname: 'nickname',
  phone_number: 'phoneNumber',
  picture: 'profilePicture',
  preferred_username: 'preferredUsername',
  profile: 'profilePage',
  website: 'website',
  zoneinfo: 'timezone',
} as const satisfies Record<
  NonNullable<PoolSettings['requiredAttributes']>[number],
  keyof StandardAttributes
>;

const MFA = { off: Mfa.OFF, optional: Mfa.OPTIONAL, required: Mfa.REQUIRED };

/** The second factor. CDK's default would add SMS and a role for it. */
const secondFactor = ({ mfa = 'optional', sms = false }: PoolSettings) =>
  mfa === 'off'
    ? { mfa: Mfa.OFF, enableSmsRole: false }
    : { mfa: MFA[mfa], mfaSecondFactor: { otp: true, sms }, enableSmsRole: sms };

const passkeys = ({ passkeys }: PoolSettings) =>
  passkeys
    ? {
        signInPolicy: { allowedFirstAuthFactors: { password: true, passkey: true } },
        passkeyRelyingPartyId: passkeys.relyingPartyId,
        passkeyUserVerification:
          passkeys.userVerification === 'required'
            ? PasskeyUserVerification.REQUIRED
            : PasskeyUserVerification.PREFERRED,
      }
    : {};

const protection = ({ threatProtection }: PoolSettings) =>
  threatProtection
    ? {
        standardThreatProtectionMode:
          threatProtection === 'enforce'
            ? StandardThreatProtectionMode.FULL_FUNCTION
            : StandardThreatProtectionMode.AUDIT_ONLY,
      }
    : {};

/**
 * A pool where people sign in with a verified email address. Supabase computes its issuer from region and
 * pool id.
 *
 * @example new KitUserPool(this, 'Users', { mfa: 'required', groups: [{ name: 'admin' }] });
 */
export class KitUserPool extends Construct {
  readonly pool: UserPool;
  /** Name → group. */
  readonly groups: ReadonlyMap<string, CfnUserPoolGroup>;

  constructor(scope: Construct, id: string, props: KitUserPoolProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    const history = props.password?.history ?? 5;
    this.pool = new UserPool(this, 'Pool', {
      ...(props.name && { userPoolName: props.name }),
      featurePlan: FeaturePlan[planOf(props)],
      selfSignUpEnabled: props.selfSignUp ?? true,
      // CloudFormation cannot change these three later.
      signInAliases: { email: true },
      signInCaseSensitive: false,
      standardAttributes: {
        ...Object.fromEntries(
          (props.requiredAttributes ?? []).map((name) => [
            STANDARD[name],
            { required: true, mutable: true },
          ]),
        ),
        email: { required: true, mutable: true },
      },
      autoVerify: { email: true },
      // A new address replaces the old one only after it has been confirmed.
      keepOriginal: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: props.password?.minLength ?? 12,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        ...(history > 0 && { passwordHistorySize: history }),
      },
      customAttributes: Object.fromEntries(
        Object.entries(props.attributes ?? {}).map(([name, one]) => [name, attribute(one)]),
      ),
      ...secondFactor(props),
      ...passkeys(props),
      ...protection(props),
      ...(props.email && { email: sender(props.email) }),
      removalPolicy,
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
    });
    // Supabase accepts no other issuer, and the database compares `iss`. CDK has no option for it.
    const resource = this.pool.node.defaultChild as CfnUserPool;
    resource.issuerConfiguration = { type: 'ORIGINAL' };
    if (props.passkeys) {
      resource.webAuthnFactorConfiguration = props.passkeys.asMfa
        ? 'MULTI_FACTOR_WITH_USER_VERIFICATION'
        : 'SINGLE_FACTOR';
    }
    const smsRole = this.pool.node.tryFindChild('smsRole');
    if (smsRole) {
      explain(smsRole, {
        'AwsSolutions-IAM5[Resource::*]': 'sns:Publish to a phone number knows no resource.',
      });
    }
    this.groups = this.addGroups(props);
  }

  /** Their order is their precedence. The first one is the strongest. */
  private addGroups({ groups = [] }: PoolSettings) {
    return new Map(
      groups.map(({ name, description }, precedence) => [
        name,
        new CfnUserPoolGroup(this, `Group-${name}`, {
          userPoolId: this.pool.userPoolId,
          groupName: name,
          precedence,
          ...(description && { description }),
        }),
      ]),
    );
  }
}
