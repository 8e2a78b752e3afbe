/** Whether the functions of the pool run the code that the kit deployed. */
import { createHash } from 'node:crypto';
import { codeIn, downloadCode, type FunctionCode } from '../access/function-code.ts';
import { CouldNotSee, check, type Found, type With } from '../check.ts';
import { functionsOf, nameOf, poolOf } from './cloud.ts';
import { ofEach } from './each.ts';

/** The kit's mark in the description of a function. The constructs write it (infra/lib/code-mark.ts). */
export interface CodeMark {
  readonly version: string;
  /** SHA-256 of the file, in hexadecimal digits. */
  readonly hash: string;
}

/** @returns undefined for a function that the kit did not deploy, or not with a mark */
export function codeMarkIn(description: string): CodeMark | undefined {
  const [, version, hash] =
    /\[cognito-supabase (\d+\.\d+\.\d+[\w.+-]*) sha256:([0-9a-f]{64})\]$/.exec(description) ?? [];
  return version === undefined || hash === undefined ? undefined : { version, hash };
}

const HANDLER = 'index.handler';
const FILE = /^index\.m?js$/;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Tab, line feed, carriage return, space. */
const WHITE = new Set([9, 10, 13, 32]);

/** The bytes with one line break at their end: how inline code of a template ends is up to CloudFormation. */
function withLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && WHITE.has(bytes[end - 1] ?? 0)) end -= 1;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from('\n')]);
}

/** What differs from what was deployed. Undefined: nothing. */
function changeOf({ names, content }: FunctionCode, hash: string): string | undefined {
  if (content === undefined) {
    // Node may load a file beside in its place, such as index.js before index.mjs.
    const beside = names.find((name) => !FILE.test(name)) ?? names[1];
    return beside === undefined ? 'its zip is empty' : `its zip also has ${beside.slice(0, 100)}`;
  }
  const [name = ''] = names;
  if (!FILE.test(name)) return `its file is ${name.slice(0, 100)}`;
  const isSame = sha256(content) === hash || sha256(withLineEnd(content)) === hash;
  return isSame ? undefined : 'its hash is not the one of its description';
}

/** Whether a version comes before another one. What follows the three numbers does not count. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => text.split(/[-+]/, 1).join('').split('.').map(Number);
  const others = numbers(than);
  const difference = numbers(version)
    .map((number, index) => number - (others[index] ?? 0))
    .find((one) => one !== 0);
  return difference !== undefined && difference < 0;
}

async function problemsOf(arn: string, { aws, version }: With<'aws'>): Promise<Found[]> {
  const deployed = await aws.deployedAs(arn);
  // A function that is gone is another finding.
  if (deployed === undefined) return [];
  const mark = codeMarkIn(deployed.description);
  if (mark === undefined)
    throw new CouldNotSee('its description has no hash: it is not of the kit, or of an older one');
  const old: Found[] =
    version !== undefined && isOlder(mark.version, version)
      ? [{ id: 'function-code-older', place: arn, detail: `${mark.version}, and not ${version}` }]
      : [];
  const changed = (detail: string): Found => ({ id: 'function-code-changed', place: arn, detail });
  if (deployed.handler !== HANDLER) return [changed(`its handler is ${deployed.handler}`)];
  if (deployed.location === undefined) throw new CouldNotSee('AWS names no zip of it', old);
  let detail: string | undefined;
  try {
    detail = changeOf(codeIn(await downloadCode(deployed.location)), mark.hash);
  } catch (error) {
    throw new CouldNotSee((error as Error).message, old);
  }
  return detail === undefined ? old : [changed(detail)];
}

export const functionCode = check('code of the functions', ['aws'], async (context) =>
  ofEach(functionsOf(await poolOf(context.aws)), {
    nameOf,
    problemsOf: (arn) => problemsOf(arn, context),
  }),
);
