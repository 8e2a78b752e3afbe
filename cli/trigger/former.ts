/**
 * The function that `attach --replace` took the place of, kept in a tag of the pool until `detach`
 * brings it back.
 */
import type { TriggerOptions } from './options.ts';

export const FORMER_TAG = 'cognito-supabase:replaced';

/** A pre-token trigger: which function, called with events of which version. */
export interface Trigger {
  readonly arn: string;
  readonly version: TriggerOptions['version'];
}

type Tags = Readonly<Record<string, string>>;

/** AWS's own tags, which it refuses to be sent. */
export const ownTags = (tags: Tags = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith('aws:')));

/** A tag takes no `$`, as in `$LATEST`, and an ARN has no `@`. */
export const withFormer = (tags: Tags | undefined, { arn, version }: Trigger) => ({
  ...ownTags(tags),
  [FORMER_TAG]: `${version} ${arn.replaceAll('$', '@')}`,
});

export const withoutFormer = (tags: Tags | undefined): Record<string, string> => {
  const { [FORMER_TAG]: _, ...rest } = ownTags(tags);
  return rest;
};

/** The trigger that the tag names; undefined where there is none, or something else in it. */
export function formerIn(tags: Tags | undefined): Trigger | undefined {
  const [, version, arn] =
    /^(V1_0|V2_0|V3_0) (arn:aws[\w-]*:lambda:\S+)$/.exec(tags?.[FORMER_TAG] ?? '') ?? [];
  if (!version || !arn) return undefined;
  return { version: version as Trigger['version'], arn: arn.replaceAll('@', '$') };
}
