/** A project with module accounts, a real database and a local pool, for moves of people in both directions. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserImportJobCommand,
  DescribeUserImportJobCommand,
  InitiateAuthCommand,
  ListUsersCommand,
  type PasswordHashingAlgorithmType,
  StartUserImportJobCommand,
  type UserType,
} from '@aws-sdk/client-cognito-identity-provider';
import { init } from '../../cli/init/command.ts';
import { type Stack, startStack } from '../../cli/testing/index.ts';
import type { OldPerson } from './migrate-people.ts';

/**
 * Members refer to nobody, letters to members, and stamps have an id without a foreign key. Of two columns with a
 * foreign key between them, only the one that is referred to is named.
 */
const TABLES = `
create table public.members (user_id uuid primary key, name text not null);
create table public.letters (
  id bigint generated always as identity primary key,
  owner uuid not null references public.members on update cascade
);
create index on public.letters (owner);
create table public.stamps (id bigint generated always as identity primary key, owner text not null);
create index on public.stamps (owner);
alter table public.members enable row level security;
alter table public.letters enable row level security;
alter table public.stamps enable row level security;
select cognito_supabase.add_transfer_column('public.members', 'user_id');
select cognito_supabase.add_transfer_column('public.stamps', 'owner');
`;

export interface MigrateWorld {
  readonly stack: Stack;
  readonly aws: CognitoIdentityProviderClient;
  /** For journals and reports. */
  readonly dir: string;
  /** Gives everybody a row of members, two letters and a stamp. */
  addRows(people: readonly OldPerson[]): Promise<void>;
  /** Adds a user of the pool who is not of a move, and returns the sub. With a password, the user is confirmed. */
  addUser(email: string, isVerified: boolean, password?: string): Promise<string>;
  /** @throws NotAuthorizedException for a wrong password */
  signIn(email: string, password: string): Promise<void>;
  /** Runs an import job with a file, and waits for its end. Nobody may fail. @returns how many it has made */
  importUsers(file: string, algorithm?: PasswordHashingAlgorithmType): Promise<number>;
  /** Everybody of the pool. */
  poolUsers(): Promise<readonly UserType[]>;
  stop(): Promise<void>;
}

export const attributeOf = ({ Attributes = [] }: UserType, name: string): string | undefined =>
  Attributes.find(({ Name }) => Name === name)?.Value;

export async function startMigrateWorld(): Promise<MigrateWorld> {
  const dir = await mkdtemp(path.join(tmpdir(), 'migrate-users-'));
  const isWritten = await init({ workdir: dir, with: 'accounts', yes: true }, () => {});
  if (!isWritten) throw new Error('init failed');
  await writeFile(path.join(dir, 'supabase/migrations/20990101000000_rows.sql'), TABLES);
  const stack = await startStack({ workdir: dir });
  const { COGNITO_USER_POOL_ID: UserPoolId, COGNITO_REGION: region } = stack.env;
  const aws = new CognitoIdentityProviderClient({
    region,
    endpoint: stack.env.COGNITO_ENDPOINT,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    ...{ stack, aws, dir },
    addRows: async (people) => {
      const ids = people.map(({ user }) => user.id);
      const names = people.map(({ user }) => user.email || user.id);
      await stack.sql('insert into public.members select unnest($1::uuid[]), unnest($2::text[])', [
        ids,
        names,
      ]);
      await stack.sql(
        `insert into public.letters (owner)
         select id from unnest($1::uuid[]) as id cross join generate_series(1, 2)`,
        [ids],
      );
      await stack.sql('insert into public.stamps (owner) select unnest($1::text[])', [ids]);
    },
    addUser: async (email, isVerified, Password) => {
      const UserAttributes = [
        { Name: 'email', Value: email },
        ...(isVerified ? [{ Name: 'email_verified', Value: 'true' }] : []),
      ];
      const user = { UserPoolId, Username: email };
      const { User = {} } = await aws.send(
        new AdminCreateUserCommand({ ...user, UserAttributes, MessageAction: 'SUPPRESS' }),
      );
      if (Password !== undefined)
        await aws.send(new AdminSetUserPasswordCommand({ ...user, Password, Permanent: true }));
      return attributeOf(User, 'sub') ?? '';
    },
    signIn: async (USERNAME, PASSWORD) => {
      await aws.send(
        new InitiateAuthCommand({
          AuthFlow: 'USER_PASSWORD_AUTH',
          ClientId: stack.env.COGNITO_CLIENT_ID,
          AuthParameters: { USERNAME, PASSWORD },
        }),
      );
    },
    importUsers: async (file, PasswordHashingAlgorithm) => {
      const CloudWatchLogsRoleArn = 'arn:aws:iam::000000000000:role/logs';
      const job = { UserPoolId, JobName: 'migrate-users', CloudWatchLogsRoleArn };
      const { UserImportJob: made } = await aws.send(
        new CreateUserImportJobCommand({ ...job, PasswordHashingAlgorithm }),
      );
      const sent = await fetch(made?.PreSignedUrl ?? '', {
        ...{ method: 'PUT', body: await readFile(file) },
        headers: { 'x-amz-server-side-encryption': 'aws:kms' },
      });
      if (!sent.ok) throw new Error(`the upload failed: ${sent.status}`);
      const started = { UserPoolId, JobId: made?.JobId };
      await aws.send(new StartUserImportJobCommand(started));
      for (;;) {
        const { UserImportJob: run } = await aws.send(new DescribeUserImportJobCommand(started));
        if (run?.Status === 'Failed' || run?.FailedUsers)
          throw new Error(`the import failed: ${run.CompletionMessage}`);
        if (run?.Status === 'Succeeded') return run.ImportedUsers ?? 0;
        await sleep(20);
      }
    },
    poolUsers: async () => {
      const all: UserType[] = [];
      let PaginationToken: string | undefined;
      do {
        const page = await aws.send(new ListUsersCommand({ UserPoolId, PaginationToken }));
        all.push(...(page.Users ?? []));
        PaginationToken = page.PaginationToken;
      } while (PaginationToken !== undefined);
      return all;
    },
    stop: async () => {
      aws.destroy();
      await stack.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

export interface MemberRow {
  readonly name: string;
  readonly owner: string;
  readonly letters: number;
  readonly stamps: number;
}

/** Who has which rows. */
export const rowsOf = ({ sql }: Stack): Promise<readonly MemberRow[]> =>
  sql<MemberRow & Record<string, unknown>>(`
    select m.name, m.user_id::text as owner,
      (select count(*)::int from public.letters as l where l.owner = m.user_id) as letters,
      (select count(*)::int from public.stamps as s where s.owner = m.user_id::text) as stamps
    from public.members as m`);
