/**
 * People who sign in at another identity provider. Each has a user of the pool: an own one that is made at the
 * first sign-in (`EXTERNAL_PROVIDER`), or one that an administrator has linked.
 *
 * Source: Amazon Cognito developer guide, "User pool sign-in with third party identity providers".
 */
import { randomUUID } from 'node:crypto';
import type { Identity } from '../../store/identities.ts';
import type { PoolStore } from '../../store/pool-store.ts';
import type {
  Attribute,
  ClientRecord,
  IdentityProviderRecord,
  UserRecord,
} from '../../store/records.ts';
import { inboundFederation } from '../../triggers/inbound-federation.ts';
import { awsError, invalidParameter } from '../errors.ts';
import type { Pool } from '../pool/pool.ts';
import { checkMayEnter } from '../sign-in/entry.ts';
import { makeForeignUser } from './accounts.ts';
import { checkAttributes, checkRequired, isWritable, withAttributes } from './attributes.ts';
import { claimNames } from './names.ts';

/** Name of the attribute that identifies an account, unless an administrator has linked it by another one. */
export const SUBJECT = 'Cognito_Subject';

const MOST_LINKS = 5;

/** An account at a provider, which has just signed in there. */
export interface ExternalAccount {
  readonly provider: IdentityProviderRecord;
  /** What the provider says, as texts. */
  readonly claims: ReadonlyMap<string, string>;
  /** The same, by where it came from. The trigger gets it. */
  readonly sources: Readonly<Partial<Record<Source, Record<string, string>>>>;
}

type Source = 'tokenResponse' | 'idToken' | 'userInfo' | 'samlResponse';

/**
 * The user of the pool that an account at a provider signs in as. The user's attributes are brought up to date.
 *
 * @throws CognitoError if the user is disabled, the trigger refuses, or an attribute is missing
 */
export async function userOfAccount(
  pool: Pool,
  client: ClientRecord,
  arriving: ExternalAccount,
): Promise<UserRecord> {
  const occasion = {
    clientId: client.ClientId,
    username: usernameOf(arriving),
    subjectClaim: subjectClaim(arriving),
  };
  const account = await inboundFederation(pool.triggers, occasion, arriving);
  const attributes = mappedAttributes(account);
  for (const { Name } of attributes)
    if (!isWritable(client, Name))
      throw invalidParameter(`user.${Name}: Attribute cannot be updated.`);
  const known = knownUser(pool, account);
  if (known === undefined) return firstSignIn(pool, client, { ...account, attributes });
  checkMayEnter(known);
  checkAttributes(pool.store, attributes);
  const user = withAttributes(known, attributes);
  pool.store.transaction(() => {
    claimNames(pool.store, user);
    pool.users.save(user);
  });
  return user;
}

/** Claims as attributes of the user. An address is not verified unless the provider says so. */
function mappedAttributes({ provider, claims }: ExternalAccount): readonly Attribute[] {
  const mapping = Object.entries(provider.AttributeMapping ?? {});
  const attributes = mapping.flatMap(([Name, claim]) => {
    const Value = claims.get(claim);
    return Name === 'username' || Value === undefined ? [] : [{ Name, Value }];
  });
  const names = new Set(attributes.map(({ Name }) => Name));
  const unverified = ['email', 'phone_number']
    .filter((name) => names.has(name) && !names.has(`${name}_verified`))
    .map((name) => ({ Name: `${name}_verified`, Value: 'false' }));
  return [...attributes, ...unverified];
}

/** @throws CognitoError if the provider does not say who it is */
function subjectOf(account: ExternalAccount): string {
  const claim = subjectClaim(account);
  const subject = account.claims.get(claim);
  if (!subject) throw invalidParameter(`The identity provider did not send ${claim}.`);
  return subject;
}

const subjectClaim = ({ provider }: ExternalAccount): string =>
  provider.AttributeMapping?.username ?? 'sub';

/** Of the user that an account has if it is not linked to another. */
const usernameOf = (account: ExternalAccount): string =>
  `${account.provider.ProviderName}_${subjectOf(account)}`;

function knownUser({ store, users }: Pool, account: ExternalAccount): UserRecord | undefined {
  const { ProviderName: name } = account.provider;
  const identities = store.identities
    .attributesOf(name)
    .map((attribute) => {
      const value = attribute === SUBJECT ? subjectOf(account) : account.claims.get(attribute);
      return value === undefined ? undefined : store.identities.find(name, attribute, value);
    })
    .filter((identity) => identity !== undefined);
  return identities[0] && users.get(identities[0].username);
}

type Newcomer = ExternalAccount & { readonly attributes: readonly Attribute[] };

async function firstSignIn(
  pool: Pool,
  client: ClientRecord,
  account: Newcomer,
): Promise<UserRecord> {
  const { store } = pool;
  const { provider, attributes } = account;
  const subject = subjectOf(account);
  const username = usernameOf(account);
  const checkNew = (): void => {
    if (pool.users.find(username) !== undefined || knownUser(pool, account) !== undefined)
      throw invalidParameter(`Already found an entry for username ${username}`);
  };
  checkNew();
  checkAttributes(store, attributes, { isNew: true });
  checkRequired(store, attributes);
  const { ClientId: clientId } = client;
  const source = 'PreSignUp_ExternalProvider';
  await pool.triggers.preSignUp({ clientId, source, username, attributes });
  const user = store.transaction(() => {
    // The trigger may have linked the account. As on AWS, the person then signs in once more.
    checkNew();
    const status = 'EXTERNAL_PROVIDER';
    const made = makeForeignUser(store, { username, sub: randomUUID(), attributes, status });
    pool.users.save(made);
    addIdentity(store, made, {
      provider: provider.ProviderName,
      attribute: SUBJECT,
      value: subject,
    });
    const linked = withIdentities(store, made);
    pool.users.save(linked);
    joinGroup(pool, linked, provider.ProviderName);
    return linked;
  });
  await pool.triggers.postConfirmation(user, 'PostConfirmation_ConfirmSignUp', { clientId });
  return user;
}

/** As on AWS, there is a group for the users of each provider. */
function joinGroup({ id, store, users }: Pool, user: UserRecord, provider: string): void {
  const GroupName = `${id}_${provider}`;
  const now = new Date();
  if (store.groups.get(GroupName) === undefined)
    store.groups.save(GroupName, {
      GroupName,
      Description: `Autogenerated group for users who sign in using ${provider}`,
      CreationDate: now,
      LastModifiedDate: now,
    });
  users.addToGroup(user, GroupName);
}

type Account = Pick<Identity, 'provider' | 'attribute' | 'value'>;

const addIdentity = (store: PoolStore, { Username }: UserRecord, account: Account): void =>
  store.identities.add({ ...account, username: Username, created: Date.now() });

/** The user with the attribute `identities`, as AWS shows it. */
function withIdentities(store: PoolStore, user: UserRecord): UserRecord {
  const isOwn = user.UserStatus === 'EXTERNAL_PROVIDER';
  const identities = store.identities.ofUser(user.Username).map((identity, at) => ({
    userId: identity.value,
    providerName: identity.provider,
    providerType: store.identityProviders.get(identity.provider)?.ProviderType ?? 'OIDC',
    issuer: null,
    primary: isOwn && at === 0,
    dateCreated: identity.created,
  }));
  const Value = identities.length === 0 ? '' : JSON.stringify(identities);
  return withAttributes(user, [{ Name: 'identities', Value }]);
}

/**
 * Lets an account sign in as an existing user.
 *
 * @throws CognitoError `InvalidParameterException` if the account has a user, or the user five accounts
 */
export function linkAccount(pool: Pool, user: UserRecord, account: Account): void {
  const { store } = pool;
  const { provider, attribute, value } = account;
  const own = attribute === SUBJECT ? pool.users.get(`${provider}_${value}`) : undefined;
  if (own !== undefined || store.identities.find(provider, attribute, value) !== undefined)
    throw invalidParameter(
      'Merging is not currently supported, provide a SourceUser that has not been signed up in order to link',
    );
  if (store.identities.ofUser(user.Username).length >= MOST_LINKS)
    throw awsError('LimitExceededException', `A user has at most ${MOST_LINKS} linked identities.`);
  addIdentity(store, user, account);
  pool.users.save(withIdentities(store, user));
}

/** Ends what `linkAccount` began. The own user of an account is disabled instead. */
export function unlinkAccount(pool: Pool, account: Account): void {
  const { store, users } = pool;
  const identity = store.identities.find(account.provider, account.attribute, account.value);
  const user = identity && users.get(identity.username);
  if (identity === undefined || user === undefined)
    throw awsError('UserNotFoundException', 'User does not exist.');
  store.identities.delete(identity);
  const isOwn = user.UserStatus === 'EXTERNAL_PROVIDER';
  users.save({ ...withIdentities(store, user), Enabled: isOwn ? false : user.Enabled });
}
