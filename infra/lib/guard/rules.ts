/** Guard rules that the built-in validator does not have. */
import { readFileSync } from 'node:fs';
import type { ValidationRuleSource } from 'aws-cdk-lib';
import type { StageName } from '../../config/settings.ts';

const rule = (name: string): ValidationRuleSource => ({
  name,
  content: readFileSync(new URL(`./${name}.guard`, import.meta.url), 'utf8'),
});

/** The rules of a stage. In dev a browser may be redirected to http://localhost. */
export const guardRules = (stage: StageName): ValidationRuleSource[] => [
  rule('pool'),
  rule('clients'),
  ...(stage === 'dev' ? [] : [rule('https-callbacks')]),
];
