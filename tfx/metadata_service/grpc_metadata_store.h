// A MetadataStore that lives in a server: the same interface over gRPC, against ours or upstream's server.
//
//   ml_metadata::MetadataStoreClientConfig config;
//   config.set_host("metadata.example.com");
//   config.set_port(8080);
//   ASSIGN_OR_RETURN(std::unique_ptr<mlmd::MetadataStore> store, mlmd::ConnectMetadataStore(config));
//
// What may be tried again, and is, with exponential backoff and full jitter:
// - ABORTED: every call; the server stored nothing.
// - UNAVAILABLE (connection lost, server stopped): reads; and writes that do no harm twice or leave a mark by which the
//   client sees whether the first try was stored:
//     * puts of types, attributions and associations: a second time changes nothing;
//     * puts of events and parent contexts: each exists once; the client looks whether they are there;
//     * puts of nodes whose new nodes all carry an external id (PutExecution and PutLineageSubgraph: contexts excepted,
//       these have names): the client looks for the external ids, which must be the caller's own (a random one is);
//     * updates of nodes (all carry an id), save with abort_if_latest_updated_time_changed.
//   Other writes answer UNAVAILABLE at once, since nobody can say whether they were stored.
//   MetadataStoreClientOptions::assign_external_ids makes every put of new nodes safe to try again.
// - Nothing else. DEADLINE_EXCEEDED of a write leaves open whether it was stored.
//
// A list without a limit arrives in one message; where that is longer than the client takes, in pages of 100. A limit
// above 100 (the server's cap) is put together from pages. Status codes and texts are the server's; UNAVAILABLE and
// DEADLINE_EXCEEDED name the server's address in addition.
// Thread-safe; one HTTP/2 connection for all threads.
#ifndef TFX_METADATA_SERVICE_GRPC_METADATA_STORE_H_
#define TFX_METADATA_SERVICE_GRPC_METADATA_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tfx/metadata/metadata_store.h"

namespace mlmd {

struct MetadataStoreClientOptions {
  int max_attempts = 8;  // of one call, the first included; 1: never try again
  // After try n (1, 2, ...) a random pause up to b = min(max_backoff, initial_backoff * 2^(n-1)); where the connection
  // was lost, then up to b more until there is one again.
  absl::Duration initial_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(5);
  // New nodes without an external id get a random one ("mlmd-client:" and 32 hexadecimal digits), which stays in the
  // database.
  bool assign_external_ids = false;
  // Requests and answers longer than this are RESOURCE_EXHAUSTED; the config's max_receive_message_length wins.
  int64_t max_receive_message_bytes = 64 << 20;
  std::function<void(absl::Duration)> sleep;  // empty: sleeps; tests give their own
};

// Does not wait for the server: a server that is not there shows as UNAVAILABLE of the first call. INVALID_ARGUMENT
// names the field of the config that is wrong. client_timeout_sec limits every try of a call; absent or 0: no limit.
// ssl_config: values as PEM text, as upstream's client takes them, or the name of a file that holds it (client_key,
// server_cert: the client's own key and certificate chain; custom_ca: whom to trust, else the system's).
absl::StatusOr<std::unique_ptr<MetadataStore>> ConnectMetadataStore(
    const ml_metadata::MetadataStoreClientConfig& config, const MetadataStoreClientOptions& options = {});

}  // namespace mlmd

#endif  // TFX_METADATA_SERVICE_GRPC_METADATA_STORE_H_
