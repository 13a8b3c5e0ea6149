// One mail per paid invoice: the usual four calls, and a fifth for a customer with a device.
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import { makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';

import { config, persistence } from './idempotency.mjs';
import { run } from './runtime.mjs';

const client = new DynamoDBClient({});
const documents = DynamoDBDocumentClient.from(client);
const mail = new SESv2Client({});
const push = new SNSClient({});
const processor = new BatchProcessor(EventType.SQS);
const idempotencyConfig = config();

const notify = makeIdempotent(
  async (event) => {
    const invoice = event.data.object;
    const profile = await documents.send(
      new GetCommand({ TableName: process.env.CUSTOMERS_TABLE, Key: { pk: `customer#${invoice.customer}`, sk: 'profile' } }),
    );
    const locale = profile.Item?.locale ?? 'en';
    const amount = new Intl.NumberFormat(locale, { style: 'currency', currency: invoice.currency }).format(invoice.amount_paid / 100);
    const text = `We received ${amount} for invoice ${invoice.number}. Thank you.`;
    const html = `<p>We received <strong>${amount}</strong> for invoice ${invoice.number}. Thank you.</p>`;
    const sends = [
      mail.send(
        new SendEmailCommand({
          FromEmailAddress: process.env.EMAIL_FROM,
          Destination: { ToAddresses: [profile.Item?.email ?? invoice.customer_email] },
          Content: { Simple: { Subject: { Data: `Paid: ${amount}` }, Body: { Text: { Data: text }, Html: { Data: html } } } },
        }),
      ),
    ];
    if (profile.Item?.device) {
      sends.push(push.send(new PublishCommand({ TargetArn: profile.Item.device, Message: text })));
    }
    await Promise.all(sends);
    return { sent: true };
  },
  { persistenceStore: persistence(client), config: idempotencyConfig },
);

await run((event, context) => {
  idempotencyConfig.registerLambdaContext(context);
  return processPartialResponse(event, (record) => notify(JSON.parse(record.body).detail), processor, { context });
});
