/** How the tables of Storage and Realtime are tried, if the database has them. */
import { type Statement, sql } from '../support/sql.ts';
import type { Cast, Persona } from './matrix-cast.ts';
import type { Row, TableScenario } from './matrix-scenario.ts';

const topic = (workspace: string) => [
  sql`select set_config('realtime.topic', ${`workspace:${workspace}`}, true)`,
];
const file = (cast: Cast, persona: Persona, bucket: string, folder: string): Statement =>
  sql`insert into storage.objects (bucket_id, name, owner_id)
    values (${bucket}, ${`${folder}/new.txt`}, ${cast.sub(persona)})`;

export const PLATFORM_TABLES: Readonly<Record<string, TableScenario>> = {
  'storage.objects': {
    key: ['id'],
    rows: (cast) =>
      sql`select id, bucket_id, name, owner_id, version from storage.objects
        where owner_id like ${`%${cast.run}`} or name like ${`%${cast.run}%`}
           or name like ${`${cast.acme}%`} or name like ${`${cast.globex}%`}`,
    mine: (row, persona, cast) => {
      const [folder] = String(row.name).split('/');
      return row.bucket_id === 'personal'
        ? cast.isSub(persona, row.owner_id) && cast.isSub(persona, folder)
        : cast.isIn(persona, folder);
    },
    operations: {
      select: { statement: () => sql`select id from storage.objects` },
      'insert: into the own folder': {
        statement: (cast, persona) => file(cast, persona, 'personal', cast.sub(persona)),
      },
      "insert: into another's folder": {
        statement: (cast, persona) => file(cast, persona, 'personal', cast.sub('stranger')),
      },
      "insert: into the workspace's folder": {
        statement: (cast, persona) => file(cast, persona, 'workspaces', cast.acme),
      },
      "insert: into the other workspace's folder": {
        statement: (cast, persona) => file(cast, persona, 'workspaces', cast.globex),
      },
      ...Object.fromEntries(
        ['personal', 'workspaces'].flatMap((bucket) => {
          const among = (row: Row) => row.bucket_id === bucket;
          return [
            [
              `update: a file in ${bucket}`,
              {
                among,
                statement: () =>
                  sql`update storage.objects set version = 'changed' where bucket_id = ${bucket}`,
              },
            ],
            [
              `delete: a file in ${bucket}`,
              {
                among,
                statement: () => sql`delete from storage.objects where bucket_id = ${bucket}`,
              },
            ],
          ];
        }),
      ),
      "update: into another's folder": {
        statement: (cast) =>
          sql`update storage.objects set bucket_id = 'personal', owner_id = ${cast.sub('stranger')},
            name = ${`${cast.sub('stranger')}/`} || id`,
      },
      "update: into the other workspace's folder": {
        statement: (cast) =>
          sql`update storage.objects set bucket_id = 'workspaces', name = ${`${cast.globex}/`} || id`,
      },
    },
  },

  'realtime.messages': {
    key: ['id'],
    rows: (cast) =>
      sql`select id, topic, extension, event from realtime.messages
        where topic = any (${[`workspace:${cast.acme}`, `workspace:${cast.globex}`]})`,
    mine: (row, persona, cast) => cast.isIn(persona, String(row.topic).replace(/^workspace:/, '')),
    operations: {
      select: {
        before: (cast) => topic(cast.acme),
        statement: () => sql`select id from realtime.messages`,
      },
      'select: in the other channel': {
        before: (cast) => topic(cast.globex),
        statement: () => sql`select id from realtime.messages`,
      },
      insert: {
        before: (cast) => topic(cast.acme),
        statement: (cast) =>
          sql`insert into realtime.messages (topic, extension) values (${`workspace:${cast.acme}`}, 'broadcast')`,
      },
      'insert: in the other channel': {
        before: (cast) => topic(cast.globex),
        statement: (cast) =>
          sql`insert into realtime.messages (topic, extension) values (${`workspace:${cast.globex}`}, 'broadcast')`,
      },
      "insert: the other channel's topic": {
        before: (cast) => topic(cast.acme),
        statement: (cast) =>
          sql`insert into realtime.messages (topic, extension) values (${`workspace:${cast.globex}`}, 'broadcast')`,
      },
      update: {
        before: (cast) => topic(cast.acme),
        statement: () => sql`update realtime.messages set event = 'changed'`,
      },
      delete: {
        before: (cast) => topic(cast.acme),
        statement: () => sql`delete from realtime.messages`,
      },
    },
  },
};
