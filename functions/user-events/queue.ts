/** The queue of events that Supabase did not take at once. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { reasonOf, type ServiceRpc } from '../service/data-api.ts';
import { applyUserEvent, parseUserEvent, type UserEvent } from './event.ts';

/** Sends events to a queue of SQS. */
export function queueSender(url: string): (event: UserEvent) => Promise<void> {
  let client: SQSClient | undefined;
  return async (event) => {
    // Loaded with the first event, because the SDK takes longer to load than everything else.
    const { SendMessageCommand, SQSClient: Client } = await import('@aws-sdk/client-sqs');
    client ??= new Client({ maxAttempts: 2 });
    const abortSignal = AbortSignal.timeout(1000);
    const message = { QueueUrl: url, MessageBody: JSON.stringify(event) };
    await client.send(new SendMessageCommand(message), { abortSignal });
  };
}

/**
 * Makes the handler of the queue. It names the messages that have failed, and SQS gives those again, until the
 * dead-letter queue takes them.
 */
export const queueWorker =
  (rpc: ServiceRpc, warn: (line: string) => void) =>
  async ({ Records: records }: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const { messageId, body } of records) {
      try {
        await applyUserEvent(rpc, parseUserEvent(body));
      } catch (error) {
        warn(`queue: ${reasonOf(error)}`);
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
