import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { CognitoForSupabase } from '../../infra/lib/constructs/cognito-for-supabase.ts';
import { folder, only } from './support.ts';

const urls = { callbackUrls: ['https://a.example.com/'], logoutUrls: ['https://a.example.com/'] };

const make = (more: { removalPolicy?: RemovalPolicy } = {}) => {
  process.env.CDK_VALIDATION = 'false';
  const stack = new Stack(new App({ outdir: folder() }), 'five-lines');
  const users = new CognitoForSupabase(stack, 'Users', {
    ...urls,
    ...more,
    functions: { bundlesDir: folder() },
  });
  return { users, stack, made: Template.fromStack(stack) };
};

describe('CognitoForSupabase', () => {
  it('is a pool, its trigger and a web client', () => {
    const { made } = make();
    made.resourceCountIs('AWS::Cognito::UserPool', 1);
    made.resourceCountIs('AWS::Lambda::Function', 1);
    expect(only(made, 'AWS::Cognito::UserPoolClient').CallbackURLs).toEqual(urls.callbackUrls);
    expect(only(made, 'AWS::Cognito::UserPool').LambdaConfig).toMatchObject({
      PreTokenGenerationConfig: { LambdaVersion: 'V3_0' },
    });
  });

  it('keeps its pool by default', () => {
    expect(only(make().made, 'AWS::Cognito::UserPool').DeletionProtection).toBe('ACTIVE');
    const { made } = make({ removalPolicy: RemovalPolicy.DESTROY });
    expect(only(made, 'AWS::Cognito::UserPool').DeletionProtection).toBe('INACTIVE');
    made.hasResource('AWS::Cognito::UserPool', { DeletionPolicy: 'Delete' });
  });

  it('has its issuer', () => {
    const { users, stack } = make();
    expect(stack.resolve(users.issuer)).toEqual({
      'Fn::GetAtt': [expect.stringMatching(/^UsersPool/), 'ProviderURL'],
    });
  });
});
