/**
 * The function that `attach --replace` has replaced. A tag of the pool keeps it until `detach` restores
 * it.
 */
import type { TriggerOptions } from './options.ts';

export const FORMER_TAG = 'cognito-supabase:replaced';

/** A pre-token trigger: which function, called with events of which version. */
export interface Trigger {
  readonly arn: string;
  readonly version: TriggerOptions['version'];
}

type Tags = Readonly<Record<string, string>>;

/** Tags of AWS itself. AWS refuses a request that contains them. */
export const ownTags = (tags: Tags = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).filter(([name]) => !name.startsWith('aws:')));

/** A tag may not contain `$`, as in `$LATEST`. An ARN has no `@`, so that replaces it. */
export const withFormer = (tags: Tags | undefined, { arn, version }: Trigger) => ({
  ...ownTags(tags),
  [FORMER_TAG]: `${version} ${arn.replaceAll('$', '@')}`,
});

export const withoutFormer = (tags: Tags | undefined): Record<string, string> => {
  const { [FORMER_TAG]: _, ...rest } = ownTags(tags);
  return rest;
};

/** The ARN becomes part of a command that people run, so it has only the characters of a function's ARN. */
const FORMER =
  /^(V1_0|V2_0|V3_0) (arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(?::[\w@-]+)?)$/;

/** The trigger in the tag; undefined if there is no tag or it cannot be read. */
export function formerIn(tags: Tags | undefined): Trigger | undefined {
  const [, version, arn] = FORMER.exec(tags?.[FORMER_TAG] ?? '') ?? [];
  if (!version || !arn) return undefined;
  return { version: version as Trigger['version'], arn: arn.replaceAll('@', '$') };
}
