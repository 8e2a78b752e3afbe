/** Settings of a hosted project, also against supabase/config.toml. */
import { check, type Found } from '../check.ts';
import { exposedIn, PRIVATE_SCHEMAS, readable, verifiesJwt } from '../config-toml.ts';

export const accounts = check('Supabase Auth of the project', ['hosted'], async ({ hosted }) => {
  const found: Found[] = [];
  if (await hosted.takesSignUps()) found.push({ id: 'project-sign-ups-open' });
  if (await hosted.takesAnonymousSignIns()) found.push({ id: 'project-anonymous-sign-ins' });
  return found;
});

export const deployedFunctions = check(
  'Edge Functions of the project',
  ['hosted'],
  async ({ hosted, project }) => {
    const deployed = await hosted.edgeFunctions();
    const config = readable(project?.config);
    const there = new Set(deployed.map(({ slug }) => slug));
    const missing = (project?.functions ?? []).filter((name) => !there.has(name));
    return [
      ...deployed
        .filter(({ verify_jwt: isOn }) => isOn === true)
        .map(({ slug: place }): Found => {
          // What config.toml says is used by the next deployment.
          const isDrift = config !== undefined && !verifiesJwt(config, place);
          return {
            ...{ id: 'function-verify-jwt', place },
            ...(isDrift && {
              detail: 'config.toml has verify_jwt = false',
              fix: `npx supabase functions deploy ${place}`,
            }),
          };
        }),
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
  async ({ hosted, project }): Promise<Found[]> => {
    const exposed = await hosted.exposedSchemas();
    const open = exposed.filter((name) => PRIVATE_SCHEMAS.has(name));
    if (open.length > 0) return open.map((place) => ({ id: 'project-exposes-schema', place }));
    const config = readable(project?.config);
    if (config === undefined) return [];
    const wanted = exposedIn(config) ?? USUAL_SCHEMAS;
    if (namesOf(exposed) === namesOf(wanted)) return [];
    const detail = `${namesOf(exposed)}, and not ${namesOf(wanted)}`;
    return [{ id: 'project-other-schemas', detail }];
  },
);
