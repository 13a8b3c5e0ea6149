//! What the flow tests share.
