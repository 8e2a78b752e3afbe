/**
 * Writes model.json, the input shapes of all operations, from the service model in the AWS SDK:
 * `node local/cognito/api/generate-model.ts`. Loading the SDK at each start would take longer than the
 * start of the emulator. A test compares the file with the SDK.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as sdk from '@aws-sdk/client-cognito-identity-provider';
import type { Model, Shape, Structure } from './model.ts';

export const MODEL_FILE = path.join(import.meta.dirname, 'model.json');

/** Schemas of the SDK are arrays: kind, namespace, name, traits, and what the kind needs. */
type Schema = number | readonly unknown[] | (() => Schema);

const STRING = 0;
const LIST_OF = 64;
const MAP_OF = 128;
const SIMPLE: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [STRING, 'string'],
  [1, 'number'],
  [2, 'boolean'],
  [4, 'timestamp'],
  [7, 'timestamp'],
  [15, 'document'],
  [21, 'blob'],
]);
const [SIMPLE_KIND, LIST_KIND, MAP_KIND, STRUCTURE_KIND] = [0, 1, 2, 3];

/** The input shapes of all operations of the SDK. */
export function modelOfSdk(): Model {
  const structures: Record<string, Structure> = {};
  const shapeOf = (schema: Schema): Shape => {
    if (typeof schema === 'function') return shapeOf(schema());
    if (typeof schema === 'number') {
      if (schema >= MAP_OF) return { map: shapeOf(schema - MAP_OF) };
      if (schema >= LIST_OF) return { list: shapeOf(schema - LIST_OF) };
      return SIMPLE.get(schema) ?? 'document';
    }
    const [kind, , name, , fourth, fifth] = schema;
    // A member with traits: its schema, then the traits.
    if (schema.length === 2) return shapeOf(kind as Schema);
    if (kind === SIMPLE_KIND) return shapeOf(fourth as Schema);
    if (kind === LIST_KIND) return { list: shapeOf(fourth as Schema) };
    if (kind === MAP_KIND) return { map: shapeOf(fifth as Schema) };
    if (kind === STRUCTURE_KIND) {
      addStructure(name as string, schema);
      return { structure: name as string };
    }
    return 'document';
  };
  const addStructure = (name: string, schema: readonly unknown[]): void => {
    if (name in structures) return;
    const [, , , , names, schemas, required = 0] = schema;
    const structure = { required: (names as string[]).slice(0, required as number), members: {} };
    structures[name] = structure;
    structure.members = Object.fromEntries(
      (names as string[]).map((member, at) => [member, shapeOf((schemas as Schema[])[at] ?? 15)]),
    );
  };
  const operations: Record<string, string> = {};
  for (const [name, schema] of Object.entries(sdk)) {
    if (!name.endsWith('Request$') || !Array.isArray(schema)) continue;
    const operation = name.slice(0, -'Request$'.length);
    shapeOf(schema);
    operations[operation] = schema[2] as string;
  }
  return { operations, structures };
}

/** One structure a line, so that a change of the service is a readable difference. */
export function printModel({ operations, structures }: Model): string {
  const lines = (record: object): string =>
    Object.entries(record)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
      .join(',\n');
  return `{\n  "operations": {\n${lines(operations)}\n  },\n  "structures": {\n${lines(structures)}\n  }\n}\n`;
}

if (import.meta.main) await writeFile(MODEL_FILE, printModel(modelOfSdk()));
