/** The third-party block of config.toml. The rest of the file stays as it is, comments and line ends included. */
import { KitError } from '@cognito-supabase/contract/errors';
import { parse, type TomlTable } from 'smol-toml';

const HEADER = '[auth.third_party.aws_cognito]';

const BLOCK = [
  '# Tokens of this Amazon Cognito user pool are accepted. Set both variables for `supabase start`. For a hosted project,',
  '# add the pool in the dashboard: `supabase config push` leaves this section out.',
  HEADER,
  'enabled = true',
  'user_pool_id = "env(COGNITO_USER_POOL_ID)"',
  'user_pool_region = "env(COGNITO_REGION)"',
];

const table = (value: unknown): TomlTable =>
  typeof value === 'object' && value !== null ? (value as TomlTable) : {};

function readToml(text: string): TomlTable {
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : 'it cannot be read';
    throw new KitError(
      'CONFIG_UNREADABLE',
      `supabase/config.toml: ${reason}`,
      'repair the file first',
      {
        cause,
      },
    );
  }
}

const thirdParty = (config: TomlTable): TomlTable => table(table(config.auth).third_party);

/** Supabase takes one third-party provider at a time. */
function checkOthers(config: TomlTable): void {
  const other = Object.entries(thirdParty(config)).find(
    ([name, settings]) => name !== 'aws_cognito' && table(settings).enabled === true,
  );
  if (other)
    throw new KitError(
      'CONFIG_TAKEN',
      `supabase/config.toml enables ${other[0]}, and Supabase takes one third-party provider`,
      `disable [auth.third_party.${other[0]}] first`,
    );
}

/** First and last line of the section, without the blank lines after it. */
function sectionOf(lines: readonly string[]): readonly [number, number] | undefined {
  const begin = lines.findIndex((line) => line.replaceAll(/\s/g, '') === HEADER);
  if (begin < 0) return undefined;
  const next = lines.findIndex((line, index) => index > begin && /^\s*\[/.test(line));
  return [begin, next < 0 ? lines.length : next];
}

/** Sets a key in the section: in its line, or after the first line if there is none. */
function setKey(section: readonly string[], key: string, value: string): readonly string[] {
  const own = section.findIndex((line) => new RegExp(`^\\s*${key}\\s*=`).test(line));
  const text = `${key} = ${value}`;
  if (own >= 0) return section.with(own, text);
  const example = section.findIndex((line) => new RegExp(`^\\s*#\\s*${key}\\s*=`).test(line));
  return example >= 0 ? section.with(example, text) : section.toSpliced(1, 0, text);
}

function withSection(lines: readonly string[], config: TomlTable): readonly string[] {
  const found = sectionOf(lines);
  if (found === undefined) {
    const end = lines.findLastIndex((line) => line.trim() !== '') + 1;
    return [...lines.slice(0, end), ...(end > 0 ? [''] : []), ...BLOCK, ''];
  }
  const [begin, end] = found;
  const known = table(thirdParty(config).aws_cognito);
  let section: readonly string[] = lines.slice(begin, end);
  // What somebody has set stays.
  if (known.user_pool_region === undefined)
    section = setKey(section, 'user_pool_region', '"env(COGNITO_REGION)"');
  if (known.user_pool_id === undefined)
    section = setKey(section, 'user_pool_id', '"env(COGNITO_USER_POOL_ID)"');
  if (known.enabled !== true) section = setKey(section, 'enabled', 'true');
  return lines.toSpliced(begin, end - begin, ...section);
}

const withoutOurs = (config: TomlTable): string => {
  const { aws_cognito: _, ...others } = thirdParty(config);
  const { third_party: __, ...auth } = table(config.auth);
  return JSON.stringify({ ...config, auth: { ...auth, ...others } });
};

/** Whether the text has the block, and everything else as before. */
function isRight(text: string, before: TomlTable): boolean {
  try {
    const after = parse(text);
    const { enabled, user_pool_id: id } = table(thirdParty(after).aws_cognito);
    return enabled === true && typeof id === 'string' && withoutOurs(after) === withoutOurs(before);
  } catch {
    return false;
  }
}

/**
 * The file with the block. The same text if it is there.
 *
 * @param text Undefined without a file.
 * @param name Of a new project.
 * @throws KitError `CONFIG_UNREADABLE`, `CONFIG_TAKEN`
 */
export function withThirdParty(text: string | undefined, name: string): string {
  if (text === undefined) return [`project_id = "${name}"`, '', ...BLOCK, ''].join('\n');
  const config = readToml(text);
  checkOthers(config);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const changed = withSection(text.split(/\r?\n/), config).join(eol);
  if (!isRight(changed, config))
    throw new KitError(
      'CONFIG_UNREADABLE',
      'supabase/config.toml has the section of Cognito in a form that init does not change',
      `write it as ${HEADER} on a line of its own`,
    );
  return changed;
}
