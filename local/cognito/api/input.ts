/** The parameters of a request, whose types have been checked against the service's model. */
import { awsError, invalidParameter } from '../core/errors.ts';
import type { Attribute } from '../store/records.ts';
import { missingMember } from './model.ts';

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrongType = (name: string): Error =>
  awsError('SerializationException', `Unexpected type of value for ${lowerFirst(name)}.`);

export class Input {
  readonly raw: Readonly<Record<string, unknown>>;

  constructor(raw: Readonly<Record<string, unknown>>) {
    this.raw = raw;
  }

  maybe(name: string): string | undefined {
    const value = this.#own(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'string') throw wrongType(name);
    return value;
  }

  /** @throws CognitoError `InvalidParameterException` if it is missing or empty. */
  text(name: string): string {
    const value = this.maybe(name);
    if (value === undefined || value === '') throw missingMember(lowerFirst(name));
    return value;
  }

  flag(name: string): boolean {
    return this.#own(name) === true;
  }

  number(name: string): number | undefined {
    const value = this.#own(name);
    return typeof value === 'number' ? value : undefined;
  }

  /** A page size from 1 to `most`; absent or 0 is `most`. */
  limit(name: string, most: number): number {
    const value = this.number(name) ?? 0;
    if (!Number.isInteger(value)) throw wrongType(name);
    if (value < 0 || value > most)
      throw invalidParameter(
        `1 validation error detected: Value '${value}' at '${lowerFirst(name)}' failed to satisfy constraint: Member must have value less than or equal to ${most}`,
      );
    return value === 0 ? most : value;
  }

  /** A map or structure, such as AuthParameters. */
  map(name: string): Input {
    const value = this.#own(name) ?? {};
    if (!isObject(value)) throw wrongType(name);
    return new Input(value);
  }

  /** A map of texts; undefined if there is none. */
  strings(name: string): Readonly<Record<string, string>> | undefined {
    const value = this.#own(name);
    return isObject(value) ? (value as Record<string, string>) : undefined;
  }

  list(name: string): readonly string[] {
    const value = this.#own(name);
    return Array.isArray(value) ? (value as string[]) : [];
  }

  has(name: string): boolean {
    return (this.#own(name) ?? null) !== null;
  }

  attributes(name: string): readonly Attribute[] {
    const value = this.#own(name);
    if (!Array.isArray(value)) return [];
    return value.map((item: Record<string, unknown>) => {
      const attribute = new Input(item);
      return { Name: attribute.text('Name'), Value: attribute.maybe('Value') ?? '' };
    });
  }

  /** The named members that are there. */
  pick(...names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(
      names.flatMap((name) => (this.has(name) ? [[name, this.#own(name)]] : [])),
    );
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.raw, name) ? this.raw[name] : undefined;
  }
}
