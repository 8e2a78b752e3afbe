/** Random operations on workspaces and members. */
import type { Invite, Role } from './model-rows.ts';
import {
  asked,
  aWorkspace,
  type Draw,
  nameOf,
  type Operation,
  type Operations,
  somebody,
} from './property-step.ts';
import type { Actor, Member, World } from './property-world.ts';

const ROLES: readonly Role[] = ['owner', 'admin', 'member', 'viewer'];

/** A function about a workspace and a person. */
const about =
  (rpc: 'remove_member' | 'transfer_ownership', rule: 'remove' | 'transfer'): Operation =>
  (world, actor, draw) => {
    const workspace = aWorkspace(world, actor, draw);
    const person = somebody(world, workspace, draw);
    const allowed = world.model[rule](actor, workspace, person);
    return {
      what: `${rpc} ${nameOf(world, person)} in ${workspace.name}`,
      expected: asked(allowed),
      call: () =>
        actor.api.rpc(rpc, { workspace_id: workspace.id, user_id: person.id ?? world.nobody }),
      ...(allowed && { done: () => allowed() }),
    };
  };

/** Mostly an invitation for the actor, sometimes one for others, a used one, or an unknown one. */
const aToken = (invites: readonly Invite[], actor: Actor, world: World, draw: Draw): string => {
  const email = world.members.find(({ person }) => person === actor.person)?.login.email;
  const fresh = invites.filter((invite) => !invite.used);
  const own = fresh.filter((invite) => invite.email === email);
  if (draw.chance(60)) return draw.of(own)?.token ?? 'no token';
  return (draw.chance(70) ? draw.of(fresh) : draw.of(invites))?.token ?? 'no token';
};

export const MEMBERSHIP: Operations = {
  ensureProfile: [
    3,
    ({ model }, actor) => {
      const allowed = model.ensureProfile(actor);
      return {
        what: 'ensure_profile',
        expected: asked(allowed),
        call: () => actor.api.rpc('ensure_profile'),
        done: (profile) => allowed?.(profile.id),
      };
    },
  ],
  createWorkspace: [
    3,
    ({ model }, actor, _draw, n) => {
      const name = `W${n}`;
      const allowed = model.createWorkspace(actor, name);
      return {
        what: `create_workspace ${name}`,
        expected: asked(allowed),
        call: () => actor.api.rpc('create_workspace', { name }),
        done: async ({ id }) => {
          allowed?.(id);
          // It also makes a missing profile.
          actor.person.id ??= (await actor.api.rpc('ensure_profile')).data.id;
        },
      };
    },
  ],
  rename: [
    3,
    (world, actor, draw, n) => {
      const workspace = aWorkspace(world, actor, draw);
      const allowed = world.model.rename(actor, workspace, `W${n}`);
      return {
        what: `renames ${workspace.name} to W${n}`,
        expected: allowed ? [workspace.id] : [],
        call: () =>
          actor.api
            .from('workspaces')
            .update({ name: `W${n}` })
            .eq('id', workspace.id)
            .select('id'),
        done: () => allowed?.(),
      };
    },
  ],
  deleteWorkspace: [
    2,
    (world, actor, draw) => {
      const workspace = aWorkspace(world, actor, draw);
      const allowed = world.model.deleteWorkspace(actor, workspace);
      return {
        what: `deletes ${workspace.name}`,
        expected: allowed ? [workspace.id] : [],
        call: () => actor.api.from('workspaces').delete().eq('id', workspace.id).select('id'),
        done: () => allowed?.(),
      };
    },
  ],
  invite: [
    9,
    (world, actor, draw) => {
      const workspace = aWorkspace(world, actor, draw);
      const email = draw.chance(90)
        ? (draw.of(world.members) as Member).login.email
        : 'nobody@example.com';
      const role = draw.of(ROLES) as Role;
      const allowed = world.model.invite(actor, workspace, email, role);
      return {
        what: `invite_member ${email} as ${role} into ${workspace.name}`,
        expected: asked(allowed),
        call: () => actor.api.rpc('invite_member', { workspace_id: workspace.id, email, role }),
        done: async (token) => allowed?.(token, await world.newestInvite(workspace)),
      };
    },
  ],
  accept: [
    10,
    (world, actor, draw) => {
      const token = aToken([...world.model.invites], actor, world, draw);
      const invite = [...world.model.invites].find((each) => each.token === token);
      const allowed = world.model.accept(actor, token);
      return {
        what: `accept_invite of ${invite?.email} into ${invite?.workspace.name}`,
        expected: asked(allowed),
        call: () => actor.api.rpc('accept_invite', { token }),
        done: async () => {
          // It also makes a missing profile.
          actor.person.id ??= (await actor.api.rpc('ensure_profile')).data.id;
          allowed?.();
        },
      };
    },
  ],
  withdrawInvite: [
    4,
    (world, actor, draw) => {
      const invite = draw.of(world.model.invites);
      if (invite === undefined) return undefined;
      const allowed = world.model.withdraw(actor, invite);
      return {
        what: `withdraws the invitation of ${invite.email} into ${invite.workspace.name}`,
        expected: asked(allowed),
        call: () => actor.api.rpc('withdraw_invite', { invite_id: invite.id }),
        ...(allowed && { done: () => allowed() }),
      };
    },
  ],
  changeRole: [
    8,
    (world, actor, draw) => {
      const workspace = aWorkspace(world, actor, draw);
      const person = somebody(world, workspace, draw);
      const role = draw.of(ROLES) as Role;
      const allowed = world.model.changeRole(actor, workspace, person, role);
      return {
        what: `change_member_role ${nameOf(world, person)} in ${workspace.name} to ${role}`,
        expected: asked(allowed),
        call: () =>
          actor.api.rpc('change_member_role', {
            workspace_id: workspace.id,
            user_id: person.id ?? world.nobody,
            role,
          }),
        ...(allowed && { done: () => allowed() }),
      };
    },
  ],
  remove: [3, about('remove_member', 'remove')],
  removeByService: [
    1,
    (world, actor, draw) => {
      const workspace = aWorkspace(world, actor, draw);
      const person = somebody(world, workspace, draw);
      const allowed = world.model.removeByService(workspace, person);
      return {
        what: `the service removes ${nameOf(world, person)} from ${workspace.name}`,
        expected: asked(allowed),
        call: () =>
          world.service.rpc('remove_member', {
            workspace_id: workspace.id,
            user_id: person.id ?? world.nobody,
          }),
        ...(allowed && { done: () => allowed() }),
      };
    },
  ],
  deleteProfile: [
    1,
    (world, _actor, draw) => {
      const member = draw.of(world.members) as Member;
      const { person } = member;
      const allowed = world.model.deleteProfile(person);
      return {
        what: `the service deletes the profile of ${nameOf(world, person)}`,
        expected: asked(allowed),
        call: () => world.service.rpc('delete_profile', { sub: person.sub }),
        ...(allowed && {
          done: () => {
            allowed();
            world.signedOut(member);
          },
        }),
      };
    },
  ],
  transfer: [2, about('transfer_ownership', 'transfer')],
  leave: [
    2,
    (world, actor, draw) => {
      const workspace = aWorkspace(world, actor, draw);
      const allowed = world.model.leave(actor, workspace);
      return {
        what: `leave_workspace ${workspace.name}`,
        expected: asked(allowed),
        call: () => actor.api.rpc('leave_workspace', { workspace_id: workspace.id }),
        ...(allowed && { done: () => allowed() }),
      };
    },
  ],
};
