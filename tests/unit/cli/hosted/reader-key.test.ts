/** What a person reads when AWS does not answer. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { keyInSecret, readerUser } from '../../../../cli/hosted/reader-key.ts';
import { awsError } from '../../../../cli/trigger/aws-error.ts';
import { type FakeAwsStack, startFakeAwsStack } from '../../../support/fake-aws-stack.ts';

let aws: FakeAwsStack;
beforeAll(async () => {
  aws = await startFakeAwsStack();
  Object.assign(process.env, {
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_ENDPOINT_URL: aws.url },
  });
});
afterAll(async () => {
  delete process.env.AWS_ENDPOINT_URL;
  await aws.close();
});

afterEach(() => {
  aws.after = () => undefined;
  aws.text = undefined;
});

test('an access key may have been made without an answer, so nobody says that nothing was changed', async () => {
  aws.after = () => 'cut';
  const error = await readerUser('reader', 'eu-central-1')
    .make()
    .catch((thrown) => thrown);
  expect(error).toMatchObject({
    code: 'POOL_UNREACHABLE',
    hint: expect.stringContaining('what is done stays done'),
  });
  expect(aws.keys.size).toBe(1);
  expect(error.hint).not.toMatch(/nothing was changed|--endpoint/i);
});

test('half an answer, or one of a proxy, is no key and no refusal', async () => {
  const user = readerUser('reader', 'eu-central-1');
  for (const text of ['<CreateAcc', '<html>please log in</html>', '{"SecretString": "{"']) {
    aws.keys.clear();
    aws.text = text;
    await expect(user.make(), text).rejects.toMatchObject({
      code: 'POOL_UNREACHABLE',
      message: expect.not.stringContaining('\n'),
    });
  }
  aws.secrets.set('kit/reader', '{}');
  await expect(keyInSecret('kit/reader', 'eu-central-1')).rejects.toMatchObject({
    code: 'POOL_UNREACHABLE',
  });
  aws.text = undefined;
  await expect(keyInSecret('kit/reader', 'eu-central-1')).rejects.toMatchObject({
    code: 'OUTPUTS_WRONG',
  });
});

test('nor does the hint of a command that names none', () => {
  const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const { hint } = awsError(lost, 'eu-central-1') as { hint: string };
  expect(hint).not.toMatch(/nothing was changed|--endpoint/i);
  expect(awsError(lost, 'eu-central-1', 'look')).toMatchObject({ hint: 'look' });
});
