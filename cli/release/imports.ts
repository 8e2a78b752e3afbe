/** The names of imports in what is published: files of this repository have other places and endings there. */
import path from 'node:path';

/** Package → its folder. */
const PACKAGE_FOLDERS: ReadonlyMap<string, string> = new Map([
  ['@cognito-supabase/contract', 'contract'],
  ['@cognito-supabase/lambda', 'functions'],
  ['@cognito-supabase/local', 'local'],
]);

const IMPORT =
  /(from\s*|import\s*\(?\s*)(["'])(\.{1,2}\/[^"']+\.ts|@cognito-supabase\/[\w-]+\/[^"']+)\2/g;

/** `./a.ts` → `./a.js`, and `@cognito-supabase/local/a` → the place of that file, seen from `file`. */
export function rewriteImports(code: string, file: string): string {
  return code.replace(IMPORT, (_, before: string, quote: string, name: string) => {
    const [scope = '', packageName = '', ...rest] = name.split('/');
    const folder = PACKAGE_FOLDERS.get(`${scope}/${packageName}`);
    const target =
      folder === undefined
        ? name.replace(/\.ts$/, '.js')
        : path.posix.relative(path.posix.dirname(file), `${folder}/${rest.join('/')}.js`);
    return `${before}${quote}${target.startsWith('.') ? target : `./${target}`}${quote}`;
  });
}

/** The files of the package itself that a published file imports, as places relative to the top. */
export function importedFiles(code: string, file: string): readonly string[] {
  return [...code.matchAll(/(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+)["']/g)].map(
    ([, name = '']) => path.posix.join(path.posix.dirname(file), name),
  );
}
