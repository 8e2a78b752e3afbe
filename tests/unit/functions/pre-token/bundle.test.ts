import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { claimsOf, golden } from './golden.ts';

const ENTRY = new URL('../../../../functions/pre-token/handler.ts', import.meta.url);

/** Cognito waits for the trigger before it issues a token, so it has to start fast. */
const BUDGET = 4096;

describe('the bundle that is deployed', () => {
  let code: Uint8Array;
  let imports: unknown[];

  beforeAll(async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: [fileURLToPath(ENTRY)],
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      metafile: true,
      write: false,
    });
    code = outputFiles[0]?.contents ?? new Uint8Array();
    imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  });

  it(`has at most ${BUDGET} bytes`, () => {
    expect(code.byteLength).toBeGreaterThan(0);
    expect(code.byteLength).toBeLessThanOrEqual(BUDGET);
  });

  it('imports and requires nothing', () => {
    expect(imports).toEqual([]);
    expect(Buffer.from(code).toString()).not.toMatch(/\b(import|require)\b/);
  });

  it('is the handler', async () => {
    const bundle = await import(
      `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`
    );
    const result = await bundle.handler(golden('v2-authentication'));
    expect(claimsOf(result, 'id')).toEqual({ role: 'authenticated' });
    expect(claimsOf(result, 'access')).toEqual({ role: 'authenticated' });
    expect(Object.keys(bundle)).toEqual(['handler']);
  });
});
