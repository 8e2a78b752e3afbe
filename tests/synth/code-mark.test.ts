/** The description of each function has the hash of the very file that is deployed. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeMarkIn } from '../../cli/doctor/checks/function-code.ts';
import { checkSettings } from '../../infra/config/check.ts';
import { KitStack } from '../../infra/lib/stacks/kit-stack.ts';
import { standaloneTemplate } from '../../infra/standalone/generate.ts';
import { FULL, folder } from './support.ts';

const { version } = JSON.parse(
  readFileSync(new URL('../../infra/package.json', import.meta.url), 'utf8'),
);
const sha256 = (text: Buffer | string): string => createHash('sha256').update(text).digest('hex');

interface LambdaProperties {
  readonly Description?: string;
  readonly Handler: string;
  readonly Code: { readonly S3Key?: string };
}

describe('a stage with every setting', () => {
  let outdir: string;
  let functions: readonly LambdaProperties[];
  beforeAll(() => {
    process.env.CDK_VALIDATION = 'false';
    outdir = folder();
    try {
      const app = new App({ outdir, context: { 'aws:cdk:disable-stack-trace': true } });
      const place = { bundlesDir: folder() };
      const settings = checkSettings(FULL);
      new KitStack(app, 'kit', { settings, place, env: { region: FULL.region } });
      app.synth();
    } finally {
      delete process.env.CDK_VALIDATION;
    }
    // Nested stacks have templates of their own.
    functions = readdirSync(outdir)
      .filter((name) => name.endsWith('.template.json'))
      .flatMap((name) =>
        Object.values(
          JSON.parse(readFileSync(join(outdir, name), 'utf8')).Resources as Record<
            string,
            { Type: string; Properties: LambdaProperties }
          >,
        ),
      )
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => Properties)
      // Functions of the CDK itself have no description.
      .filter(({ Description }) => Description !== undefined);
  });

  it('has a mark at each function, of the version of the package', () => {
    expect(functions.length).toBeGreaterThan(5);
    for (const { Description = '', Handler } of functions) {
      expect(codeMarkIn(Description)?.version).toBe(version);
      expect(Handler).toBe('index.handler');
      expect(Description.length).toBeLessThanOrEqual(256);
    }
  });

  it('has the hash of the only file of the asset', () => {
    for (const { Description = '', Code } of functions) {
      const asset = join(outdir, `asset.${Code.S3Key?.replace(/\.zip$/, '')}`);
      expect(readdirSync(asset)).toEqual(['index.mjs']);
      expect(codeMarkIn(Description)?.hash).toBe(sha256(readFileSync(join(asset, 'index.mjs'))));
    }
  });
});

it('the standalone template has the hash of its inline code', () => {
  const text = standaloneTemplate();
  const [, description = ''] = /^ +Description: "(Adds role.*)"$/m.exec(text) ?? [];
  // The block ends where the indentation does.
  const [, block = ''] = /^ +ZipFile: \|\n((?: {10}.*\n|\n)+)/m.exec(text) ?? [];
  const code = block.replaceAll(/^ {10}/gm, '');
  expect(code).toMatch(/exports\.handler = handler;\n$/);
  expect(codeMarkIn(description)).toEqual({ version, hash: sha256(code) });
});
