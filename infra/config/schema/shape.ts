/** Helpers of the schema: optional settings, lists, and patterns that several settings share. */
import { z } from 'zod';

/** May be left out. */
export const optional = z.exactOptional;

/** A list that may be empty. */
export const list = <Item extends z.ZodType>(item: Item) => z.array(item).readonly();

export const text = z.string();

/** Own names → values. */
export const named = <Value extends z.ZodType>(value: Value) =>
  z.record(z.string(), value).readonly();

/** As in `eu-central-1`. */
export const region = text.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a region, as in eu-central-1');
