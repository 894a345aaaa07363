use chrono::{DateTime, Utc};
use fixedops_connectors_traits::{Message, MessageTransport};

async fn send(transport: &dyn MessageTransport, message: Message, now: DateTime<Utc>) {
    transport.send(message, now).await;
}

fn main() {}
