/**
 * Request rates, by choice: above the rate of its category, an operation answers `TooManyRequestsException`.
 *
 * Source of categories and default rates: Amazon Cognito developer guide, "Quotas in Amazon Cognito".
 */
import { awsError } from '../errors.ts';

interface Category {
  /** Requests in a second. */
  readonly rate: number;
  readonly operations: string;
}

const CATEGORIES: readonly Category[] = [
  {
    rate: 120,
    operations:
      'AdminInitiateAuth AdminRespondToAuthChallenge InitiateAuth RespondToAuthChallenge GetTokensFromRefreshToken',
  },
  { rate: 50, operations: 'AdminConfirmSignUp AdminCreateUser ConfirmSignUp SignUp' },
  {
    rate: 30,
    operations:
      'AdminResetUserPassword AdminSetUserPassword ChangePassword ConfirmForgotPassword ForgotPassword',
  },
  { rate: 120, operations: 'AdminGetUser GetUser' },
  {
    rate: 25,
    operations:
      'AdminAddUserToGroup AdminDeleteUserAttributes AdminUpdateUserAttributes DeleteUserAttributes UpdateUserAttributes AdminDeleteUser DeleteUser AdminDisableUser AdminEnableUser AdminLinkProviderForUser AdminDisableProviderForUser AdminRemoveUserFromGroup ConfirmDevice ForgetDevice UpdateDeviceStatus SetUserMFAPreference AdminSetUserMFAPreference VerifyUserAttribute VerifySoftwareToken AssociateSoftwareToken AdminUserGlobalSignOut GlobalSignOut ResendConfirmationCode GetUserAttributeVerificationCode',
  },
  { rate: 120, operations: 'RevokeToken' },
  {
    rate: 50,
    operations: 'AdminGetDevice AdminListDevices AdminListGroupsForUser GetDevice ListDevices',
  },
  { rate: 30, operations: 'ListUsers ListUsersInGroup' },
  {
    rate: 15,
    operations: 'DescribeUserPool ListUserPools CreateUserPool DeleteUserPool UpdateUserPool',
  },
  {
    rate: 15,
    operations:
      'CreateUserPoolClient DeleteUserPoolClient UpdateUserPoolClient DescribeUserPoolClient ListUserPoolClients',
  },
  {
    rate: 20,
    operations:
      'DescribeIdentityProvider DescribeResourceServer DescribeUserImportJob DescribeUserPoolDomain GetCSVHeader GetGroup GetUserPoolMfaConfig ListGroups ListIdentityProviders ListResourceServers ListTagsForResource ListUserImportJobs',
  },
];

export class RequestRates {
  /** Operation → the bucket of its category. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param on Otherwise every request may pass. */
  constructor(on: boolean) {
    if (!on) return;
    for (const { rate, operations } of CATEGORIES) {
      const bucket = new Bucket(rate);
      for (const operation of operations.split(' ')) this.#buckets.set(operation, bucket);
    }
  }

  /** @throws CognitoError `TooManyRequestsException` */
  take(operation: string): void {
    if (this.#buckets.get(operation)?.take() === false)
      throw awsError('TooManyRequestsException', 'Rate exceeded');
  }
}

/** Refills steadily. Holds one second's worth. */
class Bucket {
  readonly #rate: number;
  #tokens: number;
  #filled = Date.now();

  constructor(rate: number) {
    this.#rate = rate;
    this.#tokens = rate;
  }

  take(): boolean {
    const now = Date.now();
    this.#tokens = Math.min(this.#rate, this.#tokens + ((now - this.#filled) / 1000) * this.#rate);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
