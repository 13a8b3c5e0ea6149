// Powertools' idempotency, keyed by the processor's event id, kept in DynamoDB.
import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';

export const persistence = (client) =>
  new DynamoDBPersistenceLayer({ tableName: process.env.DELIVERIES_TABLE ?? 'idempotency', awsSdkV3Client: client });

export const config = () => new IdempotencyConfig({ eventKeyJmesPath: 'id', throwOnNoIdempotencyKey: true });
