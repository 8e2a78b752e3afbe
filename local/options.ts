/** The command line of `npm start` and `npm run stack`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from './printable.ts';

const ROOT = path.resolve(import.meta.dirname, '..');

export const USAGE = `npm start [-- options]       the embedded stack and the web app
npm run stack [-- options]   the same without the web app

  --dir DIR       where data, keys and stack.env are kept      default .local
  --port PORT     of the web app; then Data API, Postgres, Cognito; the HTTP API is PORT + 7
                  default 54320, or the next free ones; 0 takes any free ones
  --origin URL    a web app that may call the stack; can be repeated
  --workdir DIR   the folder that holds supabase/              default this repository
  --watch         applies new migrations while the stack runs; a changed one makes the database anew
  --types FILE    writes the types of schema public to FILE at the start, and after each migration
  --docker        Supabase's own containers in place of the embedded parts (docs/docker.md)
  --reset         begin anew: deletes data, keys and users of DIR, and says what it deleted
  --help          this text`;

export interface StartOptions {
  readonly web: boolean;
  readonly dir: string;
  /** First port; undefined lets the stack choose. */
  readonly port: number | undefined;
  readonly origins: readonly string[];
  readonly workdir: string;
  /** Runs `supabase start` in place of the embedded Postgres and Data API. */
  readonly docker: boolean;
  readonly reset: boolean;
  /** Applies migrations when they are saved. */
  readonly watch: boolean;
  /** Where the types of schema public are written; undefined writes none. */
  readonly types: string | undefined;
}

/** An argument for a shell, quoted if necessary. */
const quoted = (argument: string): string =>
  /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;

const DEFAULT_DIR = path.join(ROOT, '.local');

/** The command that begins anew in the folder of `options`, with the same options. */
export function resetCommand({ web, dir, docker, workdir }: StartOptions): string {
  const args = [
    ...(dir === DEFAULT_DIR ? [] : ['--dir', quoted(dir)]),
    ...(workdir === ROOT ? [] : ['--workdir', quoted(workdir)]),
    ...(docker ? ['--docker'] : []),
    '--reset',
  ];
  return `\`npm ${web ? 'start' : 'run stack'} -- ${args.join(' ')}\``;
}

const HELP = 'npm start -- --help';
const bad = (message: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${HELP}\` lists the options`);

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_528) {
    throw bad(`--port needs a number from 0 to 65528, the first of eight in a row, not ${text}`);
  }
  return port;
}

/** @param refuse makes the error, with the hint of the command. */
export function parseOrigin(text: string, refuse: (message: string) => KitError): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.origin !== text || !/^https?:$/.test(url.protocol)) {
    throw refuse(
      `--origin needs scheme, host and port only, such as http://localhost:5173, not ${text}`,
    );
  }
  return text;
}

/** initdb gives its path to a shell in double quotes. These characters have a meaning there. */
const FOR_THE_SHELL = /["$`\\\p{Cc}]/u;

function parseDir(text: string): string {
  const dir = path.resolve(text);
  const found = FOR_THE_SHELL.exec(dir)?.[0];
  if (found === undefined) return dir;
  throw bad(
    `--dir ${printable(dir)} contains ${printable(found)}, which Postgres's initdb gives to a shell`,
  );
}

/**
 * @returns the options, or undefined if help was asked for.
 * @throws KitError BAD_OPTION
 */
export function parseOptions(args: readonly string[]): StartOptions | undefined {
  const { values } = parse(args);
  if (values.help) return undefined;
  const workdir = path.resolve(values.workdir ?? ROOT);
  if (!existsSync(path.join(workdir, 'supabase', 'config.toml'))) {
    throw bad(`there is no supabase/config.toml in --workdir ${workdir}`);
  }
  if (values.docker && (values.watch || values.types !== undefined)) {
    throw bad(
      '--watch and --types are for the embedded stack: with --docker, use the Supabase CLI',
    );
  }
  return {
    web: values.web ?? false,
    dir: parseDir(values.dir ?? DEFAULT_DIR),
    port: parsePort(values.port),
    origins: (values.origin ?? []).map((text) => parseOrigin(text, bad)),
    workdir,
    docker: values.docker ?? false,
    reset: values.reset ?? false,
    watch: values.watch ?? false,
    types: values.types === undefined ? undefined : path.resolve(values.types),
  };
}

function parse(args: readonly string[]) {
  return readArguments(HELP, {
    args: [...args],
    options: {
      web: { type: 'boolean' },
      dir: { type: 'string' },
      port: { type: 'string' },
      origin: { type: 'string', multiple: true },
      workdir: { type: 'string' },
      docker: { type: 'boolean' },
      reset: { type: 'boolean' },
      watch: { type: 'boolean' },
      types: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
}
