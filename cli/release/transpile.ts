/**
 * The command line as JavaScript, file by file. Its files find others by their places (SQL, migrations, scripts that
 * Postgres runs), so they are not bundled: each keeps its place, and only the names of imports change.
 */
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { rewriteImports } from './imports.ts';

/** Folders of this repository, and what of them is published. */
const FOLDERS: Readonly<Record<string, RegExp>> = {
  cli: /^(?!release\/)/,
  contract: /./,
  // The pre-token trigger of cognito-supabase.config.ts. Other entries are in the package of the functions.
  functions: /^(?!public\/(?!pre-token|own-claims))/,
  local: /^(?!(web|served-files)\.ts$)/,
};

async function publish(root: string, outDir: string, file: string): Promise<void> {
  const target = path.join(outDir, file);
  await mkdir(path.dirname(target), { recursive: true });
  if (!/\.(ts|mjs)$/.test(file)) return cp(path.join(root, file), target);
  const source = await readFile(path.join(root, file), 'utf8');
  const isTypeScript = file.endsWith('.ts');
  const { code } = isTypeScript
    ? await transform(source, {
        loader: 'ts',
        format: 'esm',
        target: 'node24',
        tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      })
    : { code: source };
  await writeFile(
    isTypeScript ? target.replace(/\.ts$/, '.js') : target,
    rewriteImports(code, file),
  );
}

/** Writes all of it below `outDir`. */
export async function transpile(root: string, outDir: string): Promise<void> {
  for (const [folder, wanted] of Object.entries(FOLDERS)) {
    const entries = await readdir(path.join(root, folder), {
      recursive: true,
      withFileTypes: true,
    });
    for (const entry of entries) {
      const name = path.relative(path.join(root, folder), path.join(entry.parentPath, entry.name));
      const isWanted = wanted.test(name) && /\.(ts|mjs|sql|control|json|crt)$/.test(name);
      if (
        !entry.isFile() ||
        !isWanted ||
        /(^|\/)(node_modules|package\.json|tsconfig\.json)/.test(name)
      )
        continue;
      await publish(root, outDir, `${folder}/${name}`);
    }
  }
  for (const name of ['migrations', 'modules', 'tests/helpers'])
    await cp(path.join(root, 'supabase', name), path.join(outDir, 'supabase', name), {
      recursive: true,
    });
}
