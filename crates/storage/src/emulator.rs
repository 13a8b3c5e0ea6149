//! A table on the local emulator, for the contract suites.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
        ScalarAttributeType,
    },
};
use lambda_kit::{Environment, aws::AwsSettings};

use crate::{
    Database,
    item::{PARTITION_KEY, SORT_KEY},
};

/// Runs a contract suite against a new, empty table of the emulator that `PAYBUS_TEST_ENDPOINT` names.
///
/// Without that variable there is nothing to run against: the test says so and passes. `cargo xtask test` sets it.
pub(crate) fn with_table(suite: impl AsyncFnOnce(Database, String)) {
    with_indexed_table(None, suite);
}

/// As [`with_table`], with an index by name, partition key and sort key, which projects everything.
pub(crate) fn with_indexed_table(index: Option<[&str; 3]>, suite: impl AsyncFnOnce(Database, String)) {
    let mut environment = Environment::from_process();
    let Some(endpoint) = environment.optional("PAYBUS_TEST_ENDPOINT") else {
        println!("skipped: PAYBUS_TEST_ENDPOINT names no emulator; `cargo xtask test` starts one");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = client(&endpoint);
        let table = create_table(&client, index).await;
        suite(Database::of_client(client), table).await;
    });
}

fn client(endpoint: &str) -> Client {
    let variables = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_ENDPOINT_URL", endpoint),
    ];
    let settings = Environment::from_pairs(variables).read(AwsSettings::from_environment).unwrap();
    Client::new(&settings.sdk_config().unwrap())
}

async fn create_table(client: &Client, index: Option<[&str; 3]>) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let table = format!("contract-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut create = client.create_table().table_name(&table).billing_mode(BillingMode::PayPerRequest);
    for element in keys([PARTITION_KEY, SORT_KEY]) {
        create = create.attribute_definitions(text_attribute(element.attribute_name())).key_schema(element);
    }
    if let Some([name, partition, sort]) = index {
        let projection = Projection::builder().projection_type(ProjectionType::All).build();
        let mut index = GlobalSecondaryIndex::builder().index_name(name).projection(projection);
        for element in keys([partition, sort]) {
            create = create.attribute_definitions(text_attribute(element.attribute_name()));
            index = index.key_schema(element);
        }
        create = create.global_secondary_indexes(index.build().unwrap());
    }
    create.send().await.unwrap();
    table
}

fn keys([partition, sort]: [&str; 2]) -> [KeySchemaElement; 2] {
    [(partition, KeyType::Hash), (sort, KeyType::Range)]
        .map(|(name, role)| KeySchemaElement::builder().attribute_name(name).key_type(role).build().unwrap())
}

fn text_attribute(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build().unwrap()
}
