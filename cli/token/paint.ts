/** Text for the terminal. */
import { styleText } from 'node:util';
import { escaped } from '@cognito-supabase/local/printable';

export type Colour = 'bold' | 'cyan' | 'dim' | 'green' | 'red' | 'yellow';

/** Colours only on a terminal, and not with NO_COLOR. */
export const paint = (colour: Colour, text: string): string =>
  styleText(colour, text, { stream: process.stdout });

/** Escapes as `printable` does, and shortens nothing: SQL that is to be run has to be seen whole. */
export const inFull = escaped;
