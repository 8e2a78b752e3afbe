/** Random operations on rows: tasks, notes, names, and operations that must never succeed. */
import { COLUMNS, type Note, type Table, type Task } from './model-rows.ts';
import {
  asked,
  aWorkspace,
  nameOf,
  type Operations,
  type Step,
  somebody,
} from './property-step.ts';
import type { Actor, World } from './property-world.ts';

const STATUSES = ['todo', 'doing', 'done'];

/** Rows that are changed or deleted: the named rows that the model allows. */
function onTasks(
  world: World,
  actor: Actor,
  what: string,
  named: readonly Task[],
  change: Partial<Pick<Task, 'title' | 'status'>> | 'delete',
): Step {
  const touched = named.filter((task) => world.model.mayWrite(actor, task));
  const table = actor.api.from('tasks');
  const statement = change === 'delete' ? table.delete() : table.update(change);
  return {
    what: `${what} ${named.map(({ title }) => title).join(', ')}`,
    expected: touched.map(({ id }) => id),
    call: () =>
      (named.length === 1 && named[0]
        ? statement.eq('id', named[0].id)
        : statement.neq('id', world.nobody)
      ).select('id'),
    done: () => {
      for (const task of touched)
        if (change === 'delete') world.model.tasks.delete(task);
        else Object.assign(task, change);
    },
  };
}

function onNote(world: World, actor: Actor, note: Note, body: string | 'delete'): Step {
  const mine = world.model.isLive(actor) && note.owner === actor.person;
  const table = actor.api.from('notes');
  const statement = body === 'delete' ? table.delete() : table.update({ body });
  return {
    what: `${body === 'delete' ? 'deletes' : 'edits'} the note ${note.body} of ${nameOf(world, note.owner)}`,
    expected: mine ? [note.id] : [],
    call: () => statement.eq('id', note.id).select('id'),
    done: () => {
      if (!mine) return;
      if (body === 'delete') world.model.notes.delete(note);
      else note.body = body;
    },
  };
}

export const ROWS: Operations = {
  look: [
    8,
    (world, actor, draw) => {
      const table = draw.of(Object.keys(COLUMNS)) as Table;
      return {
        what: `reads ${table}`,
        expected: 'ok',
        call: async () => {
          const message = await world.differs(actor, table);
          return { data: null, error: message === undefined ? null : { message }, status: 200 };
        },
      };
    },
  ],

  insertTask: [
    9,
    (world, actor, draw, n) => {
      const workspace = aWorkspace(world, actor, draw);
      const title = `T${n}`;
      const allowed = world.model.insertTask(actor, workspace, title);
      const row = { workspace_id: workspace.id, title };
      return {
        what: `insert task ${title} into ${workspace.name}`,
        expected: asked(allowed),
        call: () => actor.api.from('tasks').insert(row).select('id').single(),
        done: ({ id }) => allowed?.(id),
      };
    },
  ],
  updateTask: [
    7,
    (world, actor, draw, n) => {
      const task = draw.of(world.model.tasks);
      const status = draw.of(STATUSES) as string;
      return task && onTasks(world, actor, 'updates', [task], { title: `T${n}`, status });
    },
  ],
  updateAllTasks: [
    1,
    (world, actor, draw) =>
      onTasks(world, actor, 'updates all', [...world.model.tasks], {
        status: draw.of(STATUSES) as string,
      }),
  ],
  assignTask: [
    7,
    (world, actor, draw) => {
      const task = draw.of(world.model.tasks);
      if (task === undefined) return undefined;
      const assignee = draw.chance(80) ? somebody(world, task.workspace, draw) : undefined;
      const allowed = world.model.assignTask(actor, task, assignee);
      return {
        what: `assigns ${task.title} to ${nameOf(world, assignee)}`,
        expected: asked(allowed),
        call: () =>
          actor.api.rpc('assign_task', {
            task_id: task.id,
            user_id: assignee ? (assignee.id ?? world.nobody) : null,
          }),
        ...(allowed && { done: () => allowed() }),
      };
    },
  ],
  moveTask: [
    1,
    (world, actor, draw) => {
      const task = draw.of(world.model.tasks);
      const workspace = aWorkspace(world, actor, draw);
      return (
        task && {
          what: `moves ${task.title} to ${workspace.name}`,
          expected: 'refused',
          call: () =>
            actor.api.from('tasks').update({ workspace_id: workspace.id }).eq('id', task.id),
        }
      );
    },
  ],
  deleteTask: [
    4,
    (world, actor, draw) => {
      const task = draw.of(world.model.tasks);
      return task && onTasks(world, actor, 'deletes', [task], 'delete');
    },
  ],

  insertNote: [
    6,
    ({ model }, actor, _draw, n) => ({
      what: `writes note N${n}`,
      expected: asked(model.isLive(actor)),
      call: () =>
        actor.api
          .from('notes')
          .insert({ body: `N${n}` })
          .select('id')
          .single(),
      done: ({ id }) => {
        model.notes.add({ id, owner: actor.person, body: `N${n}` });
      },
    }),
  ],
  forgeNote: [
    1,
    ({ model }, actor, draw, n) => {
      const victim = draw.of([...model.people].filter((each) => each !== actor.person));
      return {
        what: 'writes a note as somebody else',
        expected: 'refused',
        call: () => actor.api.from('notes').insert({ body: `N${n}`, owner_sub: victim?.sub }),
      };
    },
  ],
  updateNote: [
    4,
    (world, actor, draw, n) => {
      const note = draw.of(world.model.notes);
      return note && onNote(world, actor, note, `N${n}`);
    },
  ],
  deleteNote: [
    2,
    (world, actor, draw) => {
      const note = draw.of(world.model.notes);
      return note && onNote(world, actor, note, 'delete');
    },
  ],

  // Without a filter and a returned row, no policy for reading applies. The hosted platform refuses such
  // a request (21000). Elsewhere it must change the caller's own rows only.
  updateBlindly: [
    2,
    ({ model }, actor, draw, n) => {
      const [table, change] = draw.chance(50)
        ? (['tasks', { title: `T${n}` }] as const)
        : (['notes', { body: `N${n}` }] as const);
      return {
        what: `updates all ${table} without a filter`,
        expected: 'either',
        call: () => actor.api.from(table).update(change),
        done: () => {
          if (table === 'tasks') {
            for (const task of model.tasks)
              if (model.mayWrite(actor, task)) Object.assign(task, change);
          } else {
            for (const note of model.notes)
              if (model.isLive(actor) && note.owner === actor.person) Object.assign(note, change);
          }
        },
      };
    },
  ],
  deleteBlindly: [
    1,
    ({ model }, actor) => ({
      what: 'deletes all notes without a filter',
      expected: 'either',
      call: () => actor.api.from('notes').delete(),
      done: () => {
        for (const note of model.notes)
          if (model.isLive(actor) && note.owner === actor.person) model.notes.delete(note);
      },
    }),
  ],

  renameSelf: [
    2,
    ({ model }, actor, _draw, n) => {
      const { person } = actor;
      const live = model.isLive(actor) && person.id !== undefined;
      return {
        what: `takes the name P${n}`,
        expected: live ? [person.id as string] : [],
        call: () =>
          actor.api
            .from('app_users')
            .update({ display_name: `P${n}` })
            .like('cognito_sub', '%')
            .select('id'),
        done: () => {
          if (live) person.displayName = `P${n}`;
        },
      };
    },
  ],
  promoteSelf: [
    1,
    (world, actor, draw) => ({
      what: 'makes itself an administrator',
      expected: 'refused',
      call: () =>
        draw.chance(50)
          ? actor.api
              .from('app_users')
              .update({ role: 'admin' })
              .eq('cognito_sub', actor.person.sub)
          : actor.api.from('workspace_members').insert({
              workspace_id: aWorkspace(world, actor, draw).id,
              user_id: actor.person.id ?? world.nobody,
              role: 'owner',
            }),
    }),
  ],
};
