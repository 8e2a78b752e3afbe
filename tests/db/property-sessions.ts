/** Random ends of sessions and people, and operations of the service. */
import { asked, nameOf, type Operations, type Step } from './property-step.ts';
import type { Member, World } from './property-world.ts';

/** The service updates a profile, or no row if there is none. */
const writes = (
  world: World,
  { person }: Member,
  what: string,
  change: Record<string, unknown>,
  done: () => void,
): Step => ({
  what: `the service ${what} ${nameOf(world, person)}`,
  expected: person.id === undefined ? [] : [person.id],
  call: () =>
    world.service.from('app_users').update(change).eq('cognito_sub', person.sub).select('id'),
  done: () => {
    if (person.id !== undefined) done();
  },
});

export const SESSIONS: Operations = {
  signOutEverywhere: [
    1,
    (world, actor) => {
      const live = world.model.isLive(actor);
      const member = world.members.find(({ person }) => person === actor.person) as Member;
      return {
        what: 'sign_out_everywhere',
        expected: asked(live),
        call: () => actor.api.rpc('sign_out_everywhere'),
        done: () => world.signedOut(member),
      };
    },
  ],
  revokeUser: [
    1,
    (world, _actor, draw) => {
      const member = draw.of(world.members) as Member;
      return {
        what: `the service revokes ${member.name}`,
        expected: 'ok',
        call: () => world.service.rpc('revoke_user', { sub: member.person.sub }),
        done: () => world.signedOut(member),
      };
    },
  ],
  revokeSession: [
    1,
    (world, _actor, draw) => {
      const member = draw.of(world.members) as Member;
      const session = draw.of(member.sessions)?.id ?? '';
      return {
        what: `the service revokes session ${session} of ${member.name}`,
        expected: 'ok',
        call: () => world.service.rpc('revoke_session', { origin_jti: session }),
        done: () => world.model.end([session]),
      };
    },
  ],
  revokeByForce: [
    1,
    (world, actor, draw) => {
      const member = draw.of(world.members) as Member;
      return {
        what: `tries to revoke ${member.name}`,
        expected: 'refused',
        call: () => actor.api.rpc('revoke_user', { sub: member.person.sub }),
      };
    },
  ],
  disable: [
    1,
    (world, _actor, draw) => {
      const member = draw.of(world.members) as Member;
      return {
        what: `the service disables ${member.name}`,
        expected: 'ok',
        call: () => world.service.rpc('disable_user', { sub: member.person.sub }),
        done: () => {
          member.person.disabled = true;
        },
      };
    },
  ],
  enable: [
    3,
    (world, _actor, draw) => {
      const member = draw.of(world.members.filter(({ person }) => person.disabled));
      return (
        member &&
        ({
          what: `the service enables ${member.name}`,
          expected: 'ok',
          call: () => world.service.rpc('enable_user', { sub: member.person.sub }),
          done: () => {
            member.person.disabled = false;
          },
        } satisfies Step)
      );
    },
  ],
  writeEmail: [
    1,
    (world, _actor, draw) => {
      const member = draw.of(world.members) as Member;
      const email = draw.chance(60) ? member.login.email : null;
      return writes(world, member, `writes ${email} for`, { email }, () => {
        member.person.email = email;
      });
    },
  ],
};
