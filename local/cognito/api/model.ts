/** Checks the body of a request against the service's own model, before an operation sees it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { awsError, invalidParameter } from '../core/errors.ts';

export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'timestamp'
  | 'blob'
  | 'document'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly structure: string };

export interface Structure {
  readonly required: readonly string[];
  readonly members: Readonly<Record<string, Shape>>;
}

export interface Model {
  /** Operation → its input structure. */
  readonly operations: Readonly<Record<string, string>>;
  readonly structures: Readonly<Record<string, Structure>>;
}

/** Written by generate-model.ts. */
const model = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'model.json'), 'utf8'),
) as Model;
const operations = new Map(Object.entries(model.operations));
const structures = new Map(Object.entries(model.structures));

/** Every operation of the service, by name. */
export const OPERATION_NAMES: readonly string[] = [...operations.keys()];

export const isOperation = (name: string): boolean => operations.has(name);

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrongType = (where: string): Error =>
  awsError('SerializationException', `Unexpected type of value for ${where}.`);

/**
 * Members that the model does not have are ignored, as AWS's JSON protocol does.
 *
 * @throws CognitoError `SerializationException` for a wrong type, `InvalidParameterException` for a
 *   required member that is missing
 */
export function checkInput(operation: string, body: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(body)) throw awsError('SerializationException', 'The body is not a JSON object.');
  const structure = operations.get(operation);
  if (structure !== undefined) check({ structure }, body, '');
  return body;
}

function check(shape: Shape, value: unknown, where: string): void {
  if (value === null || value === undefined) return;
  if (typeof shape === 'string') {
    if (!isSimple(shape, value)) throw wrongType(where);
  } else if ('list' in shape) {
    if (!Array.isArray(value)) throw wrongType(where);
    for (const [at, item] of value.entries()) check(shape.list, item, `${where}.${at + 1}.member`);
  } else if ('map' in shape) {
    if (!isObject(value)) throw wrongType(where);
    for (const item of Object.values(value)) check(shape.map, item, where);
  } else checkStructure(shape.structure, value, where);
}

function isSimple(shape: Shape, value: unknown): boolean {
  if (shape === 'number') return typeof value === 'number';
  if (shape === 'boolean') return typeof value === 'boolean';
  if (shape === 'timestamp') return typeof value === 'number' || typeof value === 'string';
  if (shape === 'document') return true;
  return typeof value === 'string';
}

function checkStructure(name: string, value: unknown, where: string): void {
  if (!isObject(value)) throw wrongType(where);
  const structure = structures.get(name);
  if (structure === undefined) return;
  const at = (member: string): string => (where === '' ? '' : `${where}.`) + lowerFirst(member);
  for (const [member, shape] of Object.entries(structure.members)) {
    if (Object.hasOwn(value, member)) check(shape, value[member], at(member));
  }
  const missing = structure.required.find((member) => (value[member] ?? null) === null);
  if (missing !== undefined) throw missingMember(at(missing));
}

export const missingMember = (where: string): Error =>
  invalidParameter(
    `1 validation error detected: Value null at '${where}' failed to satisfy constraint: Member must not be null`,
  );
