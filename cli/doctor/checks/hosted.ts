/** Settings of a hosted project, also against supabase/config.toml. */
import type { ProjectFiles } from '../access/project.ts';
import { check, type Found } from '../check.ts';
import { exposedIn, readable, verifiesJwt } from '../config-toml.ts';
import { privateSchemas } from '../kit-schemas.ts';
import { ONLY_IF_VERIFIED } from './config.ts';
import { ofEach } from './each.ts';

const ACCOUNTS = [
  { name: 'sign-ups', setting: 'takesSignUps', id: 'project-sign-ups-open' },
  {
    name: 'anonymous sign-ins',
    setting: 'takesAnonymousSignIns',
    id: 'project-anonymous-sign-ins',
  },
] as const;

export const accounts = check('Supabase Auth of the project', ['hosted'], async ({ hosted }) =>
  ofEach(ACCOUNTS, {
    nameOf: ({ name }) => name,
    problemsOf: async ({ setting, id }) => ((await hosted[setting]()) ? [{ id }] : []),
  }),
);

/**
 * The platform checks the token of a caller of this function, although it has to verify tokens of the pool itself. A
 * function whose code is not in the folder may need the check of the platform, and is left out.
 */
function checkedFirst(slug: string, project: ProjectFiles | undefined): Found | undefined {
  const config = readable(project?.config);
  // What config.toml says is used by the next deployment.
  const isThere = project?.functions.includes(slug) === true;
  const isDrift = isThere && config !== undefined && !verifiesJwt(config, slug);
  if (!isDrift && !project?.verifiers.includes(slug)) return undefined;
  const command = `npx supabase functions deploy ${slug}`;
  return {
    ...{ id: 'function-verify-jwt', place: slug },
    ...(isDrift && {
      detail: 'config.toml has verify_jwt = false',
      fix: `${ONLY_IF_VERIFIED}\n${command}`,
    }),
  };
}

export const deployedFunctions = check(
  'Edge Functions of the project',
  ['hosted'],
  async ({ hosted, project }) => {
    const deployed = await hosted.edgeFunctions();
    const there = new Set(deployed.map(({ slug }) => slug));
    const missing = (project?.functions ?? []).filter((name) => !there.has(name));
    return [
      ...deployed
        .filter(({ verify_jwt: isOn }) => isOn === true)
        .flatMap(({ slug }) => checkedFirst(slug, project) ?? []),
      ...missing.map((place): Found => ({ id: 'function-not-deployed', place })),
    ];
  },
);

const namesOf = (schemas: readonly string[]): string =>
  [...new Set(schemas)].toSorted().join(', ') || 'none';

/** The CLI's default. */
const USUAL_SCHEMAS = ['public', 'graphql_public'];

export const dataApiSettings = check(
  'Data API of the project',
  ['hosted'],
  async (context): Promise<Found[]> => {
    const { hosted, project } = context;
    const exposed = await hosted.exposedSchemas();
    const isPrivate = await privateSchemas(context);
    const open = exposed.filter((name) => isPrivate.has(name));
    if (open.length > 0) return open.map((place) => ({ id: 'project-exposes-schema', place }));
    const config = readable(project?.config);
    if (config === undefined) return [];
    const wanted = exposedIn(config) ?? USUAL_SCHEMAS;
    if (namesOf(exposed) === namesOf(wanted)) return [];
    const detail = `${namesOf(exposed)}, and not ${namesOf(wanted)}`;
    return [{ id: 'project-other-schemas', detail }];
  },
);
