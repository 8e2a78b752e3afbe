/** Policies of functions, and whether a pool may call: a case in each row. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayCall } from '../../../cli/trigger/function.ts';
import { permissionOf } from '../../../cli/trigger/policy.ts';

const POOL = 'arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a1B2';
const FUNCTION = 'arn:aws:lambda:eu-central-1:123456789012:function:pre-token';
const COGNITO = { Service: 'cognito-idp.amazonaws.com' };
const RIGHT = {
  Effect: 'Allow',
  Principal: COGNITO,
  Action: 'lambda:InvokeFunction',
  Resource: FUNCTION,
  Condition: { ArnLike: { 'AWS:SourceArn': POOL } },
};

interface Call {
  readonly poolArn?: string;
  readonly functionArn?: string;
}

const judge = (Statement: unknown, { poolArn = POOL, functionArn = FUNCTION }: Call = {}) =>
  permissionOf(JSON.stringify({ Version: '2012-10-17', Statement }), { poolArn, functionArn });

/** What the changed Allow gives alone, and what the changed Deny gives beside a right Allow. Undefined leaves out. */
const both = (changes: object, call?: Call): readonly [allow: string, deny: string] => [
  judge([{ ...RIGHT, ...changes }], call),
  judge([RIGHT, { ...RIGHT, ...changes, Effect: 'Deny' }], call),
];

/** It applies, it does not, and nobody knows: then it is closed. */
const APPLIES = ['allowed', 'denied'];
const NOT = ['missing', 'allowed'];
const UNKNOWN = ['missing', 'denied'];

describe('principals', () => {
  test.each<[object, string[]]>([
    [{ Principal: '*' }, APPLIES],
    [{ Principal: { AWS: '*' } }, APPLIES],
    [{ Principal: { AWS: ['arn:aws:iam::1:root', '*'] } }, APPLIES],
    [{ Principal: { Service: ['s3.amazonaws.com', COGNITO.Service] } }, APPLIES],
    [{ Principal: { AWS: 'arn:aws:iam::123456789012:root', ...COGNITO } }, APPLIES],
    [{ Principal: { Service: 's3.amazonaws.com' } }, NOT],
    [{ Principal: { Service: 'cognito-identity.amazonaws.com' } }, NOT],
    [{ Principal: { AWS: '123456789012' } }, NOT],
    [{ Principal: { CanonicalUser: 'x' } }, NOT],
    [{ Principal: { Service: '*' } }, UNKNOWN],
    [{ Principal: { Service: 'cognito-idp.eu-central-1.amazonaws.com' } }, UNKNOWN],
    [{ Principal: { Federated: '*' } }, UNKNOWN],
    [{ Principal: { Service: {} } }, UNKNOWN],
    [{ Principal: [] }, UNKNOWN],
    [{ Principal: null }, UNKNOWN],
    [{ Principal: undefined }, UNKNOWN],
    [{ Principal: undefined, NotPrincipal: { Service: 's3.amazonaws.com' } }, APPLIES],
    [{ Principal: undefined, NotPrincipal: { AWS: 'arn:aws:iam::1:root' } }, APPLIES],
    [{ Principal: undefined, NotPrincipal: COGNITO }, NOT],
    [{ Principal: undefined, NotPrincipal: '*' }, NOT],
    [{ NotPrincipal: COGNITO }, UNKNOWN],
  ])('%j', (changes, expected) => expect(both(changes)).toEqual(expected));
});

describe('actions', () => {
  test.each<[object, string[]]>([
    [{ Action: '*' }, APPLIES],
    [{ Action: 'lambda:*' }, APPLIES],
    [{ Action: 'lambda:Invoke*' }, APPLIES],
    [{ Action: 'lambda:InvokeFunctio?' }, APPLIES],
    [{ Action: 'LAMBDA:invokefunction' }, APPLIES],
    [{ Action: ['lambda:GetFunction', 'lambda:InvokeFunction'] }, APPLIES],
    [{ Action: 'lambda:InvokeFunctionUrl' }, NOT],
    [{ Action: 'lambda:Get*' }, NOT],
    [{ Action: 's3:*' }, NOT],
    [{ Action: [] }, NOT],
    [{ Action: undefined }, UNKNOWN],
    [{ Action: undefined, NotAction: 'lambda:GetFunction' }, APPLIES],
    [{ Action: undefined, NotAction: 'lambda:Invoke*' }, NOT],
    [{ Action: undefined, NotAction: ['s3:*', 'lambda:*'] }, NOT],
    [{ NotAction: 's3:*' }, UNKNOWN],
  ])('%j', (changes, expected) => expect(both(changes)).toEqual(expected));
});

describe('resources', () => {
  test.each<[object, string[]]>([
    [{ Resource: '*' }, APPLIES],
    [{ Resource: `${FUNCTION}*` }, APPLIES],
    [{ Resource: 'arn:aws:lambda:*:*:function:*' }, APPLIES],
    [{ Resource: undefined }, APPLIES],
    [{ Resource: `${FUNCTION}:live` }, NOT],
    [{ Resource: `${FUNCTION}:*` }, NOT],
    [{ Resource: `${FUNCTION}2` }, NOT],
    [{ Resource: undefined, NotResource: FUNCTION }, NOT],
    [{ Resource: undefined, NotResource: `${FUNCTION}2` }, APPLIES],
    [{ NotResource: FUNCTION }, UNKNOWN],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
    [{ Resource: 'arn:aws:lambda:*:*:function:${aws:PrincipalTag/x}' }, UNKNOWN],
  ])('%j', (changes, expected) => expect(both(changes)).toEqual(expected));

  test.each([
    [':live', ':live', 'allowed'],
    [':live', ':*', 'allowed'],
    [':7', ':7', 'allowed'],
    [':7', ':8', 'missing'],
    [':live', '', 'missing'],
    [':$LATEST', '', 'allowed'],
    [':$LATEST', ':$LATEST', 'allowed'],
    [':$LATEST', ':live', 'missing'],
  ])('the pool calls function%s, and the policy is about function%s', (called, about, expected) => {
    const [allow] = both(
      { Resource: `${FUNCTION}${about}` },
      { functionArn: `${FUNCTION}${called}` },
    );
    expect(allow).toBe(expected);
  });

  test('other partitions', () => {
    const [poolArn, functionArn] = [POOL, FUNCTION].map((arn) =>
      arn.replace('aws', 'aws-cn').replace('eu-central-1', 'cn-north-1'),
    ) as [string, string];
    const changes = { Resource: functionArn, Condition: { ArnLike: { 'aws:SourceArn': poolArn } } };
    expect(both(changes, { poolArn, functionArn })[0]).toBe('allowed');
    expect(both(changes, { poolArn: POOL, functionArn })[0]).toBe('missing');
    expect(both(changes, { poolArn, functionArn: FUNCTION })[0]).toBe('missing');
  });

  test('without a function, statements about any one count', () => {
    const policy = JSON.stringify({ Statement: [{ ...RIGHT, Resource: 'x' }] });
    expect(mayCall(policy, POOL)).toBe(true);
    expect(mayCall(policy, POOL, FUNCTION)).toBe(false);
  });
});

const ARN = 'aws:SourceArn';
const ACCOUNT = 'aws:SourceAccount';
const ANY_POOL = 'arn:aws:cognito-idp:*:123456789012:userpool/*';

describe('conditions', () => {
  test.each<[object | undefined, string[]]>([
    [undefined, APPLIES],
    [{}, APPLIES],
    [{ ArnEquals: { [ARN]: POOL } }, APPLIES],
    [{ ArnLike: { [ARN]: ANY_POOL } }, APPLIES],
    [{ ArnEquals: { [ARN]: ANY_POOL } }, APPLIES],
    [{ ArnLike: { [ARN]: ['x:x:x:x:x:x', POOL] } }, APPLIES],
    [{ ArnLikeIfExists: { 'AWS:SOURCEARN': POOL } }, APPLIES],
    [{ StringEquals: { [ACCOUNT]: '123456789012' } }, APPLIES],
    [{ StringEquals: { [ACCOUNT]: 123456789012 } }, APPLIES],
    [{ StringLike: { [ARN]: '*:userpool/*' } }, APPLIES],
    [{ StringEqualsIgnoreCase: { [ARN]: POOL.toUpperCase() } }, APPLIES],
    [{ StringNotEquals: { [ACCOUNT]: '999999999999' } }, APPLIES],
    [{ StringNotLike: { [ARN]: '*:999999999999:*' } }, APPLIES],
    [{ ArnNotLike: { [ARN]: 'arn:aws:s3:::x' } }, APPLIES],
    [{ Null: { [ARN]: 'false' } }, APPLIES],
    [{ Null: { [ARN]: false } }, APPLIES],
    [{ ArnLike: { [ARN]: `${POOL}x` } }, NOT],
    [{ ArnLike: { [ARN]: 'arn:aws:cognito-idp:*:userpool/*:x:y' } }, NOT],
    [{ StringEquals: { [ARN]: ANY_POOL } }, NOT],
    [{ StringEquals: { [ACCOUNT]: ['1', '2'] } }, NOT],
    [{ StringNotEquals: { [ACCOUNT]: '123456789012' } }, NOT],
    [{ StringNotEquals: { [ACCOUNT]: ['1', '123456789012'] } }, NOT],
    [{ StringNotEqualsIgnoreCase: { [ARN]: POOL.toUpperCase() } }, NOT],
    [{ ArnNotEquals: { [ARN]: ANY_POOL } }, NOT],
    [{ Null: { [ARN]: 'true' } }, NOT],
    // One that is false is enough, whatever the others are.
    [{ IpAddress: { 'aws:SourceIp': '1.2.3.4' }, ArnLike: { [ARN]: 'a:b:c:d:e:f' } }, NOT],
    [{ ArnLike: { [ARN]: POOL }, Bool: { 'aws:SecureTransport': 'true' } }, UNKNOWN],
    [{ IpAddress: { 'aws:SourceIp': '1.2.3.4' } }, UNKNOWN],
    [{ StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }, UNKNOWN],
    [{ StringNotEquals: { 'aws:PrincipalOrgID': 'o-1' } }, UNKNOWN],
    [{ StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } }, UNKNOWN],
    [{ NumericEquals: { [ACCOUNT]: '123456789012' } }, UNKNOWN],
    [{ 'ForAnyValue:StringEquals': { [ARN]: POOL } }, UNKNOWN],
    [{ constructor: { [ARN]: POOL } }, UNKNOWN],
    [{ ArnLike: { [ARN]: '*' } }, UNKNOWN],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
    [{ StringEquals: { [ACCOUNT]: '${aws:PrincipalAccount}' } }, UNKNOWN],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
    [{ StringNotLike: { [ARN]: '${aws:SourceArn}' } }, UNKNOWN],
    [{ StringEquals: { [ARN]: { x: 1 } } }, UNKNOWN],
    [{ StringEquals: POOL }, UNKNOWN],
    [{ StringEquals: [] }, UNKNOWN],
  ])('%j', (Condition, expected) => expect(both({ Condition })).toEqual(expected));

  test('a pool without an ARN is known by none', () => {
    expect(both({ Condition: { StringLike: { [ARN]: '*' } } }, { poolArn: '' })).toEqual(UNKNOWN);
  });
});

describe('policies', () => {
  const deny = { Effect: 'Deny', Principal: '*', Action: '*' };
  test.each<[string, unknown, string]>([
    ['one statement that is no list', RIGHT, 'allowed'],
    ['a Deny before an Allow', [deny, RIGHT], 'denied'],
    ['an Allow before a Deny', [RIGHT, deny], 'denied'],
    ['a Deny of another one', [RIGHT, { ...deny, Action: 's3:*' }], 'allowed'],
    ['an effect that is none', [RIGHT, { ...deny, Effect: 'deny' }], 'denied'],
    ['an Allow in other letters', [{ ...RIGHT, Effect: 'allow' }], 'denied'],
    ['a statement that is none', [RIGHT, null], 'denied'],
    ['no statement', [], 'missing'],
  ])('%s', (_name, statements, expected) => expect(judge(statements)).toBe(expected));

  test.each(['', '{', 'null', '[]', '"x"', '{"Statement":"x"}', '{"Statement":null}', '{}'])(
    'no policy: %s',
    (policy) => expect(mayCall(policy, POOL, FUNCTION)).toBe(false),
  );

  test('a pattern with many stars takes no time', () => {
    const Resource = `${'*a'.repeat(30)}b`;
    const functionArn = `${FUNCTION}${'a'.repeat(200)}`;
    expect(both({ Resource }, { functionArn })[0]).toBe('missing');
  });

  test('patterns are as regular expressions', () => {
    const unit = fc.constantFrom('a', 'b', ':', '*', '?', '.');
    const texts = fc.tuple(fc.string({ unit, maxLength: 8 }), fc.string({ unit, maxLength: 8 }));
    fc.assert(
      fc.property(texts, ([pattern, value]) => {
        const source = pattern.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.');
        const expected = new RegExp(`^${source}$`).test(value) ? 'allowed' : 'missing';
        expect(both({ Resource: pattern }, { functionArn: value })[0]).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('any statement has an answer, and a Deny of everything wins', () => {
    const names = [
      'Effect',
      'Principal',
      'NotPrincipal',
      'Action',
      'Resource',
      'Condition',
      'Null',
    ];
    const statement = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
    fc.assert(
      fc.property(fc.array(statement), (statements) => {
        expect(['allowed', 'missing', 'denied']).toContain(judge(statements));
        expect(judge([RIGHT, ...statements, deny])).toBe('denied');
      }),
      { numRuns: 200 },
    );
  });
});
