/** Options of the stack: the command line of `npm start` and `npm run stack`, and what `cognito-supabase dev` gives. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readArguments } from '@cognito-supabase/contract/command-line';
import { KitError } from '@cognito-supabase/contract/errors';
import { printable } from './printable.ts';
import type { ProjectConfig } from './project-config.ts';

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

/** How the stack was called: what messages name, and what is meant where an option is missing. */
export interface Invocation {
  /** As in `npm start --`. Options follow it. */
  readonly command: string;
  readonly dir: string;
  readonly workdir: string;
  /** Settings of the project's file. */
  readonly project: ProjectConfig;
}

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
  readonly project: ProjectConfig;
  /** Begins anew in the folder of these options. */
  readonly resetCommand: string;
}

/** Options as they were written. */
export interface WrittenOptions {
  readonly web?: boolean | undefined;
  readonly dir?: string | undefined;
  readonly port?: string | undefined;
  readonly origin?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
  readonly watch?: boolean | undefined;
  readonly types?: string | undefined;
  readonly docker?: boolean | undefined;
  readonly reset?: boolean | undefined;
}

/** An argument for a shell, quoted if necessary. */
const quoted = (argument: string): string =>
  /^[\w./:@%+=,-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;

const bad = (message: string, command: string): KitError =>
  new KitError('BAD_OPTION', message, `\`${command} --help\` lists the options`);

type Refuse = (message: string) => KitError;

function parsePort(text: string | undefined, refuse: Refuse): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_528) {
    throw refuse(`--port needs a number from 0 to 65528, the first of eight in a row, not ${text}`);
  }
  return port;
}

/** @param refuse makes the error, with the hint of the command. */
export function parseOrigin(text: string, refuse: Refuse): string {
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

function parseDir(text: string, refuse: Refuse): string {
  const dir = path.resolve(text);
  const found = FOR_THE_SHELL.exec(dir)?.[0];
  if (found === undefined) return dir;
  throw refuse(
    `--dir ${printable(dir)} contains ${printable(found)}, which Postgres's initdb gives to a shell`,
  );
}

/** The command that begins anew with the same options. */
function resetCommandOf(written: WrittenOptions, { command, ...defaults }: Invocation): string {
  const named = (['dir', 'workdir'] as const).flatMap((name) => {
    const value = path.resolve(written[name] ?? defaults[name]);
    return value === path.resolve(defaults[name]) ? [] : [`--${name}`, quoted(value)];
  });
  return `\`${[command, ...named, ...(written.docker ? ['--docker'] : []), '--reset'].join(' ')}\``;
}

/**
 * Checks what was written, and fills in what is missing: from the project's file, then as it is usual.
 *
 * @throws KitError BAD_OPTION
 */
export function toOptions(written: WrittenOptions, invocation: Invocation): StartOptions {
  const { command, project } = invocation;
  const refuse: Refuse = (message) => bad(message, command);
  const { docker = false, reset = false, web = false } = written;
  const workdir = path.resolve(written.workdir ?? invocation.workdir);
  if (!existsSync(path.join(workdir, 'supabase', 'config.toml'))) {
    throw refuse(`there is no supabase/config.toml in --workdir ${workdir}`);
  }
  const watch = written.watch ?? (!docker && project.watch) ?? false;
  // The file of the project is read from its own folder, and an option from the current one.
  const own =
    docker || project.types === undefined ? undefined : path.resolve(workdir, project.types);
  const types = written.types === undefined ? own : path.resolve(written.types);
  if (docker && (watch || types !== undefined)) {
    throw refuse(
      '--watch and --types are for the embedded stack: with --docker, use the Supabase CLI',
    );
  }
  return {
    ...{ web, workdir, docker, reset, watch, types, project },
    dir: parseDir(written.dir ?? invocation.dir, refuse),
    port: parsePort(written.port, refuse) ?? project.port,
    origins: (written.origin ?? project.origins ?? []).map((text) => parseOrigin(text, refuse)),
    resetCommand: resetCommandOf(written, invocation),
  };
}

/**
 * Options of `npm start` and `npm run stack`.
 *
 * @returns the options, or undefined if help was asked for.
 * @throws KitError BAD_OPTION
 */
export function parseOptions(args: readonly string[]): StartOptions | undefined {
  const { help, ...written } = parse(args).values;
  if (help) return undefined;
  return toOptions(written, {
    command: written.web ? 'npm start --' : 'npm run stack --',
    dir: path.join(ROOT, '.local'),
    workdir: ROOT,
    project: {},
  });
}

const parse = (args: readonly string[]) =>
  readArguments('npm start -- --help', {
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
