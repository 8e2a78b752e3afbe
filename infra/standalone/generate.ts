/**
 * Puts the trigger into template.yaml: `node infra/standalone/generate.ts` writes
 * cognito-for-supabase.yaml, and a test compares it with what is committed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { FUNCTIONS_DIR } from '../lib/bundle.ts';

/** The generated template. */
export const TEMPLATE = fileURLToPath(new URL('./cognito-for-supabase.yaml', import.meta.url));

/**
 * The trigger as CommonJS, which is what Lambda makes of inline code. Its white space and names stay,
 * so that whoever deploys the template can read what will stand before their sign-ins.
 */
function trigger(): string {
  const { outputFiles } = buildSync({
    entryPoints: [join(FUNCTIONS_DIR, 'pre-token/handler.ts')],
    bundle: true,
    minifySyntax: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    write: false,
  });
  const code = outputFiles[0]?.text ?? '';
  return (
    code
      // The name of the file that each part came from: of use to nobody here.
      .replaceAll(/^\/\/ .*\n/gm, '')
      // One line instead of the twenty that esbuild's own CommonJS begins with.
      .replace(/^export \{\s*handler\s*\};$/m, 'exports.handler = handler;')
      .trim()
  );
}

/** The template's text. */
export function standaloneTemplate(): string {
  const template = readFileSync(new URL('./template.yaml', import.meta.url), 'utf8');
  return template.replace(/^( *)# TRIGGER$/m, (_, indent: string) =>
    trigger()
      .split('\n')
      .map((line) => (line ? indent + line : line))
      .join('\n'),
  );
}

if (import.meta.main) writeFileSync(TEMPLATE, standaloneTemplate());
