// One point a dollar, added atomically, then the workflow: the usual four calls per payment.
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

import { config, persistence } from './idempotency.mjs';
import { run } from './runtime.mjs';

const client = new DynamoDBClient({});
const documents = DynamoDBDocumentClient.from(client);
const workflows = new SFNClient({});
const processor = new BatchProcessor(EventType.SQS);
const idempotencyConfig = config();

const award = makeIdempotent(
  async (event) => {
    const payment = event.data.object;
    const points = Math.floor(payment.amount_received / 100);
    const updated = await documents.send(
      new UpdateCommand({
        TableName: process.env.LEDGER_TABLE,
        Key: { pk: `customer#${payment.customer}`, sk: 'account' },
        UpdateExpression: 'ADD balance :points',
        ExpressionAttributeValues: { ':points': points },
        ReturnValues: 'ALL_NEW',
      }),
    );
    await workflows.send(
      new StartExecutionCommand({
        stateMachineArn: process.env.ENGAGEMENT_STATE_MACHINE_ARN,
        name: payment.id,
        input: JSON.stringify({ customer: payment.customer, points, balance: updated.Attributes?.balance }),
      }),
    );
    return { points };
  },
  { persistenceStore: persistence(client), config: idempotencyConfig },
);

await run((event, context) => {
  idempotencyConfig.registerLambdaContext(context);
  return processPartialResponse(event, (record) => award(JSON.parse(record.body).detail), processor, { context });
});
