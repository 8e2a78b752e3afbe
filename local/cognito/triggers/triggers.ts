/**
 * The triggers of one user pool, apart from pre-token. A pool names its functions in `LambdaConfig`, by ARN.
 *
 * Source of the events: Amazon Cognito developer guide, "Customizing user pool workflows with Lambda
 * triggers".
 */
import type {
  PostAuthenticationTriggerEvent,
  PostConfirmationTriggerEvent,
  PreAuthenticationTriggerEvent,
  PreSignUpTriggerEvent,
} from 'aws-lambda';
import { attributesOf } from '../core/tokens/token-claims.ts';
import type { PoolStore } from '../store/pool-store.ts';
import type { Attribute, UserRecord } from '../store/records.ts';
import { invoke, malformed, type TriggerHandler } from './invoke.ts';

/** Handlers by the ARN that a pool's `LambdaConfig` has. */
export type LambdaFunctions = ReadonlyMap<string, TriggerHandler>;

type Texts = Readonly<Record<string, string>> | undefined;

/** Who calls, and what the app sent along for the function. */
export interface Occasion {
  readonly clientId: string;
  readonly metadata?: Texts;
}

/** The end of a sign-in. */
export interface Arrival extends Occasion {
  /** Whether the app was offered to remember the device. */
  readonly isNewDevice?: boolean;
}

export interface SignUpRequest extends Occasion {
  readonly source: PreSignUpTriggerEvent['triggerSource'];
  readonly username: string;
  readonly attributes: readonly Attribute[];
  readonly validationData?: Texts;
}

/** What pre sign-up decides. */
export interface SignUpDecision {
  readonly confirm: boolean;
  readonly verifyEmail: boolean;
  readonly verifyPhone: boolean;
}

/** Names as in `LambdaConfig`. */
export type TriggerName =
  | 'PreSignUp'
  | 'PostConfirmation'
  | 'PreAuthentication'
  | 'PostAuthentication'
  | 'DefineAuthChallenge'
  | 'CreateAuthChallenge'
  | 'VerifyAuthChallengeResponse'
  | 'CustomMessage'
  | 'InboundFederation'
  | 'UserMigration';

/** Clients of administrators' requests have no id. This is AWS's name for them. */
export const NO_CLIENT = 'CLIENT_ID_NOT_APPLICABLE';

export class Triggers {
  readonly #store: PoolStore;
  readonly #region: string;
  readonly #functions: LambdaFunctions;

  constructor(store: PoolStore, region: string, functions: LambdaFunctions) {
    this.#store = store;
    this.#region = region;
    this.#functions = functions;
  }

  async preSignUp(request: SignUpRequest): Promise<SignUpDecision> {
    const { clientId, source, username, attributes, metadata, validationData } = request;
    const event: Omit<PreSignUpTriggerEvent, keyof Common> = {
      triggerSource: source,
      userName: username,
      request: {
        userAttributes: Object.fromEntries(attributes.map(({ Name, Value }) => [Name, Value])),
        ...(validationData && { validationData }),
        ...(metadata && { clientMetadata: metadata }),
      },
      response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    };
    const answer = await this.call('PreSignUp', clientId, event);
    const flag = (name: string): boolean => {
      const value = answer?.[name] ?? false;
      if (typeof value !== 'boolean') throw malformed();
      return value;
    };
    return {
      confirm: flag('autoConfirmUser'),
      verifyEmail: flag('autoVerifyEmail'),
      verifyPhone: flag('autoVerifyPhone'),
    };
  }

  async postConfirmation(
    user: UserRecord,
    source: PostConfirmationTriggerEvent['triggerSource'],
    { clientId, metadata }: Occasion,
  ): Promise<void> {
    const event: Omit<PostConfirmationTriggerEvent, keyof Common> = {
      triggerSource: source,
      userName: user.Username,
      request: {
        userAttributes: allAttributes(user),
        ...(metadata && { clientMetadata: metadata }),
      },
      response: {},
    };
    await this.call('PostConfirmation', clientId, event);
  }

  /** Before the password is checked. */
  async preAuthentication(user: UserRecord, { clientId, metadata }: Occasion): Promise<void> {
    const event: Omit<PreAuthenticationTriggerEvent, keyof Common> = {
      triggerSource: 'PreAuthentication_Authentication',
      userName: user.Username,
      request: {
        userAttributes: allAttributes(user),
        ...(metadata && { validationData: metadata }),
      },
      response: {},
    };
    await this.call('PreAuthentication', clientId, event);
  }

  /** After the last challenge, and before the tokens. */
  async postAuthentication(
    user: UserRecord,
    { clientId, metadata, isNewDevice = false }: Arrival,
  ): Promise<void> {
    const event: Omit<PostAuthenticationTriggerEvent, keyof Common> = {
      triggerSource: 'PostAuthentication_Authentication',
      userName: user.Username,
      request: {
        userAttributes: allAttributes(user),
        newDeviceUsed: isNewDevice,
        ...(metadata && { clientMetadata: metadata }),
      },
      response: {},
    };
    await this.call('PostAuthentication', clientId, event);
  }

  /** The answer's `response`, or undefined if the pool has no such trigger. */
  async call(name: TriggerName, clientId: string, event: object) {
    const setting = this.#store.settings.LambdaConfig?.[name];
    const arn = typeof setting === 'object' ? setting.LambdaArn : setting;
    if (arn === undefined) return undefined;
    const common: Common = {
      version: '1',
      region: this.#region,
      userPoolId: this.#store.id,
      callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId },
    };
    return invoke(name, functionOf(this.#functions, arn), { ...common, ...event });
  }
}

interface Common {
  readonly version: string;
  readonly region: string;
  readonly userPoolId: string;
  readonly callerContext: { readonly awsSdkVersion: string; readonly clientId: string };
}

/** The function that a pool names. One that was not registered throws when it is called. */
export const functionOf = (functions: LambdaFunctions, arn: string): TriggerHandler =>
  functions.get(arn) ??
  (() => {
    throw new Error(`the emulator was started without the function ${arn}`);
  });

/** A user's attributes as triggers get them. */
export const allAttributes = (
  user: Pick<UserRecord, 'Attributes' | 'UserStatus'>,
): Record<string, string> => ({
  'cognito:user_status': user.UserStatus as string,
  ...attributesOf(user),
});
