/** Administrator's requests to the user pool. Each one stays within the budget, and is tried again after a failure. */
import { randomBytes } from 'node:crypto';
import {
  AdminCreateUserCommand,
  AdminGetUserCommand,
  AdminSetUserPasswordCommand,
  type AttributeType,
  DescribeUserPoolCommand,
  GetCSVHeaderCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from '@cognito-supabase/local/printable';
import { makePoolClient } from '../directory/pool.ts';
import { isTransient, type RetryContext, retrying } from '../directory/retry.ts';
import type { PoolSettings } from '../directory/settings.ts';
import { awsError } from '../trigger/aws-error.ts';
import { type Going, Left } from './person.ts';

/** A user of the pool. */
export interface Account {
  readonly sub: string;
  readonly username: string;
  readonly status: string;
  readonly enabled: boolean;
  /** Second factors that the person has set up. */
  readonly hasFactors: boolean;
  /** In milliseconds since the epoch; 0 if Cognito does not say it. */
  readonly createdAt: number;
  readonly attributes: ReadonlyMap<string, string>;
}

/** What makes a username in the pool: an address, or a name of its own. */
export type NamedBy = ReadonlySet<'email' | 'phone_number'>;

export interface Creation {
  /** Undefined if the name or an address is taken. */
  readonly account: Account | undefined;
  /** Whether a try before got no answer, so that the taken name may be the one of this person. */
  readonly wasTried: boolean;
}

export interface Accounts {
  /** @throws KitError POOL_REFUSED if nobody could sign in by an address. */
  namedBy(): Promise<NamedBy>;
  /** Columns of a file for an import job. */
  csvHeader(): Promise<readonly string[]>;
  /** @throws Left if Cognito refuses this person. */
  create(username: string, person: Going): Promise<Creation>;
  /** By username, sub, or an address that names the user. */
  find(name: string): Promise<Account | undefined>;
  /** Sets a password that nobody knows, so that the person can ask for a new one. @throws Left */
  lockPassword(username: string): Promise<void>;
  close(): void;
}

/** Cognito sets a user to this until the first password. */
export const NO_PASSWORD_YET = 'FORCE_CHANGE_PASSWORD';

/** Errors about one user. Others hold for everybody. */
const OF_ONE_PERSON = new Set([
  'AliasExistsException',
  'CodeDeliveryFailureException',
  'InvalidLambdaResponseException',
  'InvalidParameterException',
  'InvalidPasswordException',
  'UnexpectedLambdaException',
  'UnsupportedUserStateException',
  'UserLambdaValidationException',
  'UserNotFoundException',
]);

const NO_ADDRESS_SIGNS_IN = new KitError(
  'POOL_REFUSED',
  'people sign in at this pool by a username only, and Supabase Auth has none',
  'make a pool where they sign in by email address or phone number, or where one of these is an alias',
);

const TAKEN = new Set(['UsernameExistsException', 'AliasExistsException']);

/** A Left for one person, a KitError for everybody. */
function sorted(error: unknown, { region, endpoint }: PoolSettings): unknown {
  const { name, message } = error as Error;
  if (OF_ONE_PERSON.has(name))
    return new Left(
      `Cognito refuses: ${printable(message)} (${name})`,
      'correct it in Supabase Auth or in the pool, and run again',
      { cause: error },
    );
  if (isTransient(error))
    return new KitError(
      'POOL_UNREACHABLE',
      `${endpoint ?? 'Cognito'} gives no usable answer (${name})`,
      'wait, or lower --rate; the same command continues from here',
      { cause: error },
    );
  return awsError(error, region);
}

/** What a new user gets, by the name in Cognito. */
export const attributesOf = ({
  email,
  phone,
  profile,
}: Going): readonly (readonly [string, string])[] => {
  const addresses: readonly (readonly [string, string | undefined])[] = [
    ['email', email],
    ['email_verified', email && 'true'],
    ['phone_number', phone],
    ['phone_number_verified', phone && 'true'],
  ];
  return [...addresses, ...profile].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
};

interface Answer {
  readonly Username?: string | undefined;
  readonly UserStatus?: string | undefined;
  readonly Enabled?: boolean | undefined;
  readonly UserMFASettingList?: readonly string[] | undefined;
  readonly UserCreateDate?: Date | undefined;
}

function toAccount(answer: Answer, list: readonly AttributeType[] = []): Account {
  const { Username, UserStatus, Enabled, UserMFASettingList = [], UserCreateDate } = answer;
  const attributes = new Map(list.map(({ Name = '', Value = '' }) => [Name, Value]));
  const sub = attributes.get('sub');
  if (Username === undefined || sub === undefined)
    throw new KitError(
      'POOL_REFUSED',
      'Cognito answered with a user without sub',
      'check --endpoint',
    );
  return {
    ...{ sub, username: Username, status: UserStatus ?? '', attributes },
    ...{ enabled: Enabled !== false, hasFactors: UserMFASettingList.length > 0 },
    createdAt: UserCreateDate?.getTime() ?? 0,
  };
}

/** Longer than any policy asks for, with a character of each kind. */
const randomPassword = (): string => `${randomBytes(72).toString('base64url')}aA1!`;

export function openAccounts(settings: PoolSettings, context: RetryContext): Accounts {
  const client = makePoolClient(settings);
  const UserPoolId = settings.userPoolId;
  const abort = { abortSignal: context.signal };

  async function call<T>(send: (before: number) => Promise<T>): Promise<T> {
    try {
      return await retrying(context, send);
    } catch (error) {
      context.signal.throwIfAborted();
      throw TAKEN.has((error as Error).name) ? error : sorted(error, settings);
    }
  }

  const get = async (Username: string): Promise<Account | undefined> => {
    try {
      const user = await client.send(new AdminGetUserCommand({ UserPoolId, Username }), abort);
      return toAccount(user, user.UserAttributes);
    } catch (error) {
      if ((error as Error).name === 'UserNotFoundException') return undefined;
      throw error;
    }
  };

  return {
    close: () => client.destroy(),
    namedBy: async () => {
      const { UserPool } = await call(() =>
        client.send(new DescribeUserPoolCommand({ UserPoolId }), abort),
      );
      const { UsernameAttributes: names = [], AliasAttributes: aliases = [] } = UserPool ?? {};
      if (names.length === 0 && !aliases.some((name) => name !== 'preferred_username'))
        throw NO_ADDRESS_SIGNS_IN;
      return new Set(names);
    },
    csvHeader: () =>
      call(async () => {
        const { CSVHeader } = await client.send(new GetCSVHeaderCommand({ UserPoolId }), abort);
        return CSVHeader ?? [];
      }),
    create: async (Username, person) => {
      const command = new AdminCreateUserCommand({
        ...{ UserPoolId, Username, MessageAction: 'SUPPRESS' },
        UserAttributes: attributesOf(person).map(([Name, Value]) => ({ Name, Value })),
      });
      let wasTried = false;
      try {
        const { User = {} } = await call((before) => {
          wasTried = before > 0;
          return client.send(command, abort);
        });
        return { account: toAccount(User, User.Attributes), wasTried };
      } catch (error) {
        if (TAKEN.has((error as Error).name)) return { account: undefined, wasTried };
        throw error;
      }
    },
    find: (name) => call(() => get(name)),
    lockPassword: (Username) =>
      call(async (before) => {
        // The answer of the try before may be lost, and the person may have chosen a password since.
        const found = before > 0 ? await get(Username) : undefined;
        if (found !== undefined && found.status !== NO_PASSWORD_YET) return;
        const password = { Password: randomPassword(), Permanent: true };
        await client.send(
          new AdminSetUserPasswordCommand({ UserPoolId, Username, ...password }),
          abort,
        );
      }),
  };
}
