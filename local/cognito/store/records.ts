/** The records that are kept, in the shapes of AWS's own types where it has one. */
import type {
  GroupType,
  IdentityProviderType,
  ResourceServerType,
  SchemaAttributeType,
  SetUserPoolMfaConfigRequest,
  UserImportJobType,
  UserPoolClientType,
  UserPoolType,
  UserStatusType,
} from '@aws-sdk/client-cognito-identity-provider';

export interface Attribute {
  readonly Name: string;
  readonly Value: string;
}

export type UserStatus = UserStatusType;

/** An attribute that codes can be sent to. */
export type Contact = 'email' | 'phone_number';

/** What a sent code is for. A contact is to be verified. */
export type CodePurpose = 'signUp' | 'forgotPassword' | Contact;

export interface SentCode {
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export interface SoftwareToken {
  /** Base32. */
  readonly secret: string;
  readonly verified: boolean;
  readonly name?: string | undefined;
}

export interface DeviceRecord {
  readonly key: string;
  readonly groupKey: string;
  /** Base64, as the app has sent them. Undefined until it has. */
  readonly verifier?: string;
  readonly salt?: string;
  readonly name?: string | undefined;
  readonly remembered?: boolean;
  /** Milliseconds since the epoch, as are the next two. */
  readonly created: number;
  readonly modified: number;
  readonly lastAuthenticated: number;
}

export interface PasskeyRecord {
  /** Base64url. */
  readonly id: string;
  /** Base64url, in COSE form. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly name: string;
  readonly relyingParty: string;
  readonly attachment?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export interface UserRecord {
  readonly Username: string;
  readonly Attributes: readonly Attribute[];
  readonly Enabled: boolean;
  readonly UserStatus: UserStatus;
  readonly UserCreateDate: Date;
  readonly UserLastModifiedDate: Date;
  /** Salt and SRP verifier, or an imported hash (core/users/passwords.ts), never the password. */
  readonly password: string;
  /** Earlier values of `password`, the newest first, if the pool's policy asks for them. */
  readonly formerPasswords?: readonly string[];
  readonly codes?: Partial<Record<CodePurpose, SentCode>>;
  /** New addresses that wait for their codes. */
  readonly pending?: Readonly<Partial<Record<Contact, string>>> | undefined;
  readonly softwareToken?: SoftwareToken | undefined;
  /** A new one, which replaces the other after its first code. */
  readonly nextSoftwareToken?: SoftwareToken | undefined;
  readonly UserMFASettingList?: readonly string[];
  readonly PreferredMfaSetting?: string | undefined;
  readonly devices?: readonly DeviceRecord[];
  readonly passkeys?: readonly PasskeyRecord[];
}

export type PoolRecord = UserPoolType & {
  readonly Id: string;
  readonly Name: string;
  readonly SchemaAttributes: SchemaAttributeType[];
  /** Of managed login at the pool's domain: 1 or 2. */
  readonly domainVersion?: number | undefined;
} & Pick<
    SetUserPoolMfaConfigRequest,
    | 'EmailMfaConfiguration'
    | 'SmsMfaConfiguration'
    | 'SoftwareTokenMfaConfiguration'
    | 'WebAuthnConfiguration'
  >;

export interface ClientSecret {
  readonly id: string;
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export type ClientRecord = UserPoolClientType & {
  /** Absent until a second secret is added. `ClientSecret` is the first of them. */
  readonly secrets?: readonly ClientSecret[];
  readonly ClientId: string;
  readonly ClientName: string;
  readonly UserPoolId: string;
};

export type GroupRecord = GroupType & { readonly GroupName: string };

export type IdentityProviderRecord = Omit<IdentityProviderType, 'ProviderType'> & {
  readonly ProviderName: string;
  readonly ProviderType: string;
  readonly ProviderDetails: Readonly<Record<string, string>>;
};

export type ImportJobRecord = UserImportJobType & {
  readonly JobId: string;
  /** Part of `PreSignedUrl`. */
  readonly uploadKey: string;
  /** The file, until it is imported. */
  readonly csv?: string | undefined;
  /** Of each line of the file. It has no personal data. */
  readonly log?: readonly string[];
};

/** Settings that are kept and returned. */
export type KeptRecord = Readonly<Record<string, unknown>>;

export type ResourceServerRecord = ResourceServerType & { readonly Identifier: string };

export interface SessionRecord {
  /** Kept through refreshes. Every token of the session has it. */
  readonly originJti: string;
  readonly eventId: string;
  readonly username: string;
  readonly clientId: string;
  /** Seconds since the epoch. */
  readonly authTime: number;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** Scopes of a sign-in by OAuth; undefined for the API. */
  readonly scopes?: readonly string[] | undefined;
  readonly deviceKey?: string | undefined;
  /** Of the last refresh. Milliseconds since the epoch. */
  readonly lastActive?: number | undefined;
  readonly revoked?: boolean | undefined;
  /** When rotation replaced this refresh token. Milliseconds since the epoch. */
  readonly replaced?: number | undefined;
}

const DATES = new Set([
  'UserCreateDate',
  'UserLastModifiedDate',
  'CreationDate',
  'LastModifiedDate',
  'StartDate',
  'CompletionDate',
]);

export const toText = (record: object): string => JSON.stringify(record);

export const fromText = <T>(text: string): T =>
  JSON.parse(text, (name, value: unknown) =>
    DATES.has(name) && typeof value === 'string' ? new Date(value) : value,
  ) as T;
