/**
 * Reads the parameters of a request. They are JSON from anyone, so each is checked when it is read;
 * cognito-local trusts its types, and fails with a stack trace on a number in place of a name.
 */
import { awsError, invalidParameter } from './errors.ts';
import type { Attribute } from './user-pool.ts';

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrongType = (name: string): Error =>
  awsError('SerializationException', `Unexpected type of value for ${lowerFirst(name)}.`);

const missing = (name: string): Error =>
  invalidParameter(
    `1 validation error detected: Value null at '${lowerFirst(name)}' failed to satisfy constraint: Member must not be null`,
  );

export class Input {
  readonly raw: Readonly<Record<string, unknown>>;

  /** @throws CognitoError `SerializationException` where the body is no JSON object. */
  constructor(body: unknown) {
    if (!isObject(body)) throw awsError('SerializationException', 'The body is not a JSON object.');
    this.raw = body;
  }

  maybe(name: string): string | undefined {
    const value = this.raw[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw wrongType(name);
    return value;
  }

  text(name: string): string {
    const value = this.maybe(name);
    if (value === undefined || value === '') throw missing(name);
    return value;
  }

  flag(name: string): boolean {
    const value = this.raw[name] ?? false;
    if (typeof value !== 'boolean') throw wrongType(name);
    return value;
  }

  /** A page size: 1 to `most`; absent or 0 is the most. */
  limit(name: string, most: number): number {
    const value = this.raw[name] ?? 0;
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(name);
    if (value < 0 || value > most)
      throw invalidParameter(
        `1 validation error detected: Value '${value}' at '${lowerFirst(name)}' failed to satisfy constraint: Member must have value less than or equal to ${most}`,
      );
    return value === 0 ? most : value;
  }

  /** A map of strings, such as AuthParameters, read like a request of its own. */
  map(name: string): Input {
    return new Input(this.raw[name] ?? {});
  }

  /** A map of strings, or `undefined` where there is none. */
  strings(name: string): Readonly<Record<string, string>> | undefined {
    const value = this.raw[name];
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) throw wrongType(name);
    const entries = Object.entries(value);
    if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string'))
      throw wrongType(name);
    return Object.fromEntries(entries);
  }

  list(name: string): readonly string[] {
    const value = this.raw[name] ?? [];
    if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
      throw wrongType(name);
    return value;
  }

  attributes(name: string): readonly Attribute[] {
    const value = this.raw[name] ?? [];
    if (!Array.isArray(value)) throw wrongType(name);
    return value.map((item: unknown) => {
      const attribute = new Input(item);
      return { Name: attribute.text('Name'), Value: attribute.maybe('Value') ?? '' };
    });
  }
}
