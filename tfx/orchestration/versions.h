// What executions and artifacts say about their maker.
#ifndef TFX_ORCHESTRATION_VERSIONS_H_
#define TFX_ORCHESTRATION_VERSIONS_H_

namespace tfx {

// Recorded as tfx_version on artifacts: the release whose layouts we write. Python TFX picks readers by it.
inline constexpr char kTfxVersion[] = "1.21.0";
// Our own version; part of the cache key, so that a release which changes results does not reuse older ones.
inline constexpr char kTfxCppVersion[] = "0.1.0";

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_VERSIONS_H_
