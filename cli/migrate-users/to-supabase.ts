/** Moves one person from the pool to Supabase Auth, with the sub as id, so that foreign keys stay right. */
import type { AdminUserAttributes } from '@supabase/supabase-js';
import type { Journal } from './journal.ts';
import { type Going, Left } from './person.ts';
import { type Project, ProjectError } from './project.ts';

/** The longest that Supabase Auth can express well: a hundred years. */
const FOR_EVER = '876000h';

export function toUser({ id, email, phone, profile, isDisabled }: Going): AdminUserAttributes {
  return {
    id,
    ...(email !== undefined && { email, email_confirm: true }),
    ...(phone !== undefined && { phone, phone_confirm: true }),
    user_metadata: Object.fromEntries(profile),
    ...(isDisabled && { ban_duration: FOR_EVER }),
  };
}

const IN_USE = /^(email|phone|user_already)_exists$/;

function leftFor(error: ProjectError): Left {
  if (IN_USE.test(error.code ?? ''))
    return new Left(
      'the project has another account of this address',
      'delete that account, or move its rows to this id. Then run again',
      { cause: error },
    );
  return new Left(
    `Supabase Auth refuses: ${error.message} (${error.code ?? error.status})`,
    'correct it in the pool or in the project, and run again',
    { cause: error },
  );
}

export type Arrival = 'made' | 'were there already';

/**
 * An id that exists is the person: it is the sub, which nobody else has. Supabase Auth answers 500 for it, and 422 for
 * its address, so an answer that is lost is found by the next try.
 */
async function createOnce(project: Project, person: Going): Promise<Arrival> {
  try {
    await project.create(toUser(person));
    return 'made';
  } catch (error) {
    if (!(error instanceof ProjectError) || error.status === 401 || error.status === 403)
      throw error;
    if (await project.find(person.id)) return 'were there already';
    throw error;
  }
}

/** @throws Left, KitError */
export async function moveToSupabase(
  project: Project,
  journal: Journal,
  person: Going,
): Promise<Arrival> {
  // A try without an answer may have made the account.
  let wasTried = journal.get(person.id) !== undefined;
  if (!wasTried) await journal.write({ id: person.id, state: 'creating' });
  try {
    const arrival = await project.call(async (before) => {
      wasTried ||= before > 0;
      return createOnce(project, person);
    });
    await journal.write({ id: person.id, state: 'done', newId: person.id });
    return wasTried ? 'made' : arrival;
  } catch (error) {
    throw error instanceof ProjectError ? leftFor(error) : error;
  }
}
