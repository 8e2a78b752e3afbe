/**
 * CloudFormation, Secrets Manager and IAM behind HTTP, as far as `connect` asks them: the outputs of a stack, one secret,
 * and the access keys of one user, of whom AWS allows two. CloudFormation and IAM answer in XML (AWS query protocol).
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeAwsStack {
  readonly url: string;
  /** Name of a stack → its outputs. */
  readonly stacks: Map<string, Readonly<Record<string, string>>>;
  /** Name of a secret → its text. */
  readonly secrets: Map<string, string>;
  /** Active access keys of the reader's user, with their secrets. */
  readonly keys: Map<string, string>;
  /** When keys were made, as ISO 8601. @default - 2026-01-01, before all runs */
  readonly made: Map<string, string>;
  /** Actions in the order of their calls. */
  readonly calls: string[];
  /** In place of the answer to each action. */
  text: string | undefined;
  /** Called after an action was carried out. `cut` ends the connection without an answer. */
  after: (action: string) => 'cut' | undefined;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: string];

const inXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const xml = (action: string, result: string): Answer => [
  200,
  `<${action}Response><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></${action}Response>`,
];

const xmlError = (status: number, code: string, message: string): Answer => [
  status,
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${inXml(message)}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
];

function describeStacks({ stacks }: FakeAwsStack, name: string): Answer {
  const outputs = stacks.get(name);
  if (!outputs) return xmlError(400, 'ValidationError', `Stack with id ${name} does not exist`);
  const members = Object.entries(outputs).map(
    ([key, value]) =>
      `<member><OutputKey>${key}</OutputKey><OutputValue>${inXml(value)}</OutputValue></member>`,
  );
  return xml(
    'DescribeStacks',
    `<Stacks><member><StackName>${name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-01-01T00:00:00Z</CreationTime><Outputs>${members.join('')}</Outputs></member></Stacks>`,
  );
}

function listKeys({ keys, made }: FakeAwsStack): Answer {
  const members = [...keys.keys()].map(
    (id) =>
      `<member><AccessKeyId>${id}</AccessKeyId><Status>Active</Status><CreateDate>${made.get(id) ?? '2026-01-01T00:00:00Z'}</CreateDate></member>`,
  );
  return xml(
    'ListAccessKeys',
    `<AccessKeyMetadata>${members.join('')}</AccessKeyMetadata><IsTruncated>false</IsTruncated>`,
  );
}

let count = 0;

function createKey({ keys, made }: FakeAwsStack): Answer {
  if (keys.size >= 2)
    return xmlError(409, 'LimitExceeded', 'Cannot exceed quota for AccessKeysPerUser: 2');
  count += 1;
  const [id, secret] = [`AKIAMADE${count}`, `made-secret-access-key-${count}`];
  keys.set(id, secret);
  made.set(id, new Date().toISOString());
  return xml(
    'CreateAccessKey',
    `<AccessKey><UserName>reader</UserName><AccessKeyId>${id}</AccessKeyId><Status>Active</Status><SecretAccessKey>${secret}</SecretAccessKey></AccessKey>`,
  );
}

function answerQuery(aws: FakeAwsStack, form: URLSearchParams): Answer {
  switch (form.get('Action')) {
    case 'DescribeStacks':
      return describeStacks(aws, form.get('StackName') ?? '');
    case 'ListAccessKeys':
      return listKeys(aws);
    case 'CreateAccessKey':
      return createKey(aws);
    case 'DeleteAccessKey':
      return aws.keys.delete(form.get('AccessKeyId') ?? '')
        ? xml('DeleteAccessKey', '')
        : xmlError(404, 'NoSuchEntity', 'The Access Key cannot be found.');
    default:
      return xmlError(400, 'InvalidAction', `no such action: ${form.get('Action')}`);
  }
}

function answerSecret({ secrets }: FakeAwsStack, id: string): Answer {
  const text = secrets.get(id);
  return text === undefined
    ? [400, JSON.stringify({ __type: 'ResourceNotFoundException', Message: `no secret ${id}` })]
    : [200, JSON.stringify({ Name: id, SecretString: text })];
}

/** Starts it on a free port. The AWS SDK finds it by AWS_ENDPOINT_URL. */
export async function startFakeAwsStack(): Promise<FakeAwsStack> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const target = request.headers['x-amz-target'];
    const form = new URLSearchParams(target ? '' : text);
    const action = target ? String(target).split('.')[1] : form.get('Action');
    aws.calls.push(action ?? '');
    const [status, body] = target
      ? answerSecret(aws, JSON.parse(text).SecretId)
      : answerQuery(aws, form);
    if (aws.after(action ?? '') === 'cut') return request.socket.destroy();
    response.writeHead(status, {
      'content-type': target ? 'application/x-amz-json-1.1' : 'text/xml',
    });
    return response.end(aws.text ?? body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const aws: FakeAwsStack = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stacks: new Map(),
    secrets: new Map(),
    keys: new Map(),
    made: new Map(),
    calls: [],
    text: undefined,
    after: () => undefined,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return aws;
}
