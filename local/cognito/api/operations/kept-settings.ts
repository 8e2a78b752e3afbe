/**
 * Settings that the emulator keeps and returns, and nothing else depends on: branding, terms, risk and logs. So a
 * program that sets a whole pool up works with it.
 */
import { randomUUID } from 'node:crypto';
import { awsError, invalidParameter, notFound } from '../../core/errors.ts';
import { clientOf, type Pool } from '../../core/pool/pool.ts';
import type { KeptRecord } from '../../store/records.ts';
import type { Input } from '../input.ts';
import type { Operations } from '../operation.ts';
import { pageOf } from '../pages.ts';

type Kept = KeptRecord;

const get = ({ store }: Pool, name: string): Kept | undefined => store.keptSettings.get(name);

function save(pool: Pool, name: string, settings: Kept): Kept {
  const now = new Date();
  const CreationDate = get(pool, name)?.CreationDate ?? now;
  const kept = { ...settings, UserPoolId: pool.id, CreationDate, LastModifiedDate: now };
  pool.store.keptSettings.save(name, kept);
  return kept;
}

/** Of one client, or of the pool. */
const scopeOf = (pool: Pool, input: Input): string => {
  const clientId = input.maybe('ClientId');
  return clientId === undefined || clientId === 'ALL' ? 'ALL' : clientOf(pool, clientId).ClientId;
};

/** Documents with an id, such as terms and branding. Each belongs to an app client. */
interface Kind {
  readonly prefix: string;
  /** Member that has the id. */
  readonly id: string;
  readonly members: readonly string[];
}

const BRANDING: Kind = {
  prefix: 'branding/',
  id: 'ManagedLoginBrandingId',
  members: ['UseCognitoProvidedValues', 'Settings', 'Assets'],
};
const TERMS: Kind = {
  prefix: 'terms/',
  id: 'TermsId',
  members: ['TermsName', 'TermsSource', 'Enforcement', 'Links'],
};

const all = ({ store }: Pool, { prefix }: Kind): readonly Kept[] =>
  store.keptSettings.names().flatMap((name) => {
    const kept = name.startsWith(prefix) ? store.keptSettings.get(name) : undefined;
    return kept === undefined ? [] : [kept];
  });

function create(pool: Pool, kind: Kind, input: Input): Kept {
  const id = randomUUID();
  const ClientId = clientOf(pool, input.text('ClientId')).ClientId;
  return save(pool, `${kind.prefix}${id}`, {
    [kind.id]: id,
    ClientId,
    ...input.pick(...kind.members),
  });
}

function find(pool: Pool, kind: Kind, input: Input): Kept {
  const id = input.text(kind.id);
  const kept = get(pool, `${kind.prefix}${id}`);
  if (kept === undefined) throw notFound(`${kind.id} ${id} does not exist.`);
  return kept;
}

function update(pool: Pool, kind: Kind, input: Input): Kept {
  const before = find(pool, kind, input);
  return save(pool, `${kind.prefix}${before[kind.id]}`, {
    ...before,
    ...input.pick(...kind.members),
  });
}

function remove(pool: Pool, kind: Kind, input: Input): object {
  pool.store.keptSettings.delete(`${kind.prefix}${find(pool, kind, input)[kind.id]}`);
  return {};
}

const ofClient = (pool: Pool, kind: Kind, clientId: string): readonly Kept[] =>
  all(pool, kind).filter(({ ClientId }) => ClientId === clientId);

/** AWS does not return the client of a branding. */
const branding = ({ ClientId: _, ...settings }: Kept) => ({ ManagedLoginBranding: settings });

export const keptSettings: Operations = {
  CreateManagedLoginBranding: (pool, { input }) => {
    if (ofClient(pool, BRANDING, input.text('ClientId')).length > 0)
      throw awsError('ManagedLoginBrandingExistsException', 'The app client has a branding.');
    return branding(create(pool, BRANDING, input));
  },
  DescribeManagedLoginBranding: (pool, { input }) => branding(find(pool, BRANDING, input)),
  DescribeManagedLoginBrandingByClient: (pool, { input }) => {
    const [found] = ofClient(pool, BRANDING, input.text('ClientId'));
    if (found === undefined) throw notFound('The app client has no branding.');
    return branding(found);
  },
  UpdateManagedLoginBranding: (pool, { input }) => branding(update(pool, BRANDING, input)),
  DeleteManagedLoginBranding: (pool, { input }) => remove(pool, BRANDING, input),

  CreateTerms: (pool, { input }) => {
    const name = input.text('TermsName');
    const taken = ofClient(pool, TERMS, input.text('ClientId')).some(
      ({ TermsName }) => TermsName === name,
    );
    if (taken) throw awsError('TermsExistsException', `The app client has terms named ${name}.`);
    return { Terms: create(pool, TERMS, input) };
  },
  DescribeTerms: (pool, { input }) => ({ Terms: find(pool, TERMS, input) }),
  DescribeTermsByClient: (pool, { input }) => {
    const name = input.text('TermsName');
    const Terms = ofClient(pool, TERMS, input.text('ClientId')).find(
      ({ TermsName }) => TermsName === name,
    );
    if (Terms === undefined) throw notFound(`The app client has no terms named ${name}.`);
    return { Terms };
  },
  ListTerms: (pool, { input }) => {
    const { page, next } = pageOf(all(pool, TERMS), input, { limit: 'MaxResults', most: 60 });
    return {
      Terms: page.map(({ TermsId, TermsName, Enforcement, CreationDate, LastModifiedDate }) => ({
        ...{ TermsId, TermsName, Enforcement, CreationDate, LastModifiedDate },
      })),
      ...next,
    };
  },
  UpdateTerms: (pool, { input }) => ({ Terms: update(pool, TERMS, input) }),
  DeleteTerms: (pool, { input }) => remove(pool, TERMS, input),

  SetUICustomization: (pool, { input }) => {
    const ClientId = scopeOf(pool, input);
    if (input.has('ImageFile')) throw invalidParameter('ImageFile is not offered here.');
    const CSS = input.maybe('CSS') ?? '';
    return { UICustomization: save(pool, `ui/${ClientId}`, { ClientId, CSS }) };
  },
  /** As on AWS, a client without a customization of its own uses the one of the pool. */
  GetUICustomization: (pool, { input }) => ({
    UICustomization: get(pool, `ui/${scopeOf(pool, input)}`) ?? get(pool, 'ui/ALL') ?? {},
  }),

  SetRiskConfiguration: (pool, { input }) => {
    const settings = input.pick(
      'CompromisedCredentialsRiskConfiguration',
      'AccountTakeoverRiskConfiguration',
      'RiskExceptionConfiguration',
    );
    const scope = scopeOf(pool, input);
    const client = scope === 'ALL' ? {} : { ClientId: scope };
    return { RiskConfiguration: save(pool, `risk/${scope}`, { ...client, ...settings }) };
  },
  DescribeRiskConfiguration: (pool, { input }) => ({
    RiskConfiguration: get(pool, `risk/${scopeOf(pool, input)}`) ?? { UserPoolId: pool.id },
  }),

  SetLogDeliveryConfiguration: (pool, { input }) => ({
    LogDeliveryConfiguration: save(pool, 'logs', input.pick('LogConfigurations')),
  }),
  GetLogDeliveryConfiguration: (pool) => ({
    LogDeliveryConfiguration: get(pool, 'logs') ?? { UserPoolId: pool.id, LogConfigurations: [] },
  }),
};
