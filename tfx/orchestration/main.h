// main of a pipeline program: one call gives it all verbs.
//
//   int main(int argc, char** argv) { return tfx::Main(argc, argv, CreatePipeline); }
//
//   chicago_taxi run --data_root=D --pipeline_root=P [--node=ID] [--no_cache] [--threads=N] [--seed=N] [--json]
//   chicago_taxi compile --to=ir [--output=F]   the pipeline as TFX IR (text)
//   chicago_taxi graph [--json]                 nodes and what flows between them
//   chicago_taxi why NODE                       what made it run, or that its outputs were reused
//   chicago_taxi help [VERB or NODE]
//
// Exit codes: 0 done, 1 a node failed, 2 wrong usage or wiring, 130 stopped by Ctrl-C or SIGTERM.
#ifndef TFX_ORCHESTRATION_MAIN_H_
#define TFX_ORCHESTRATION_MAIN_H_

#include <functional>
#include <string>
#include <vector>

#include "tfx/dsl/flags.h"
#include "tfx/dsl/pipeline.h"

namespace tfx {

using CreatePipelineFn = std::function<Pipeline(const Flags&)>;

struct MainOptions {
  std::string doc;                     // one sentence for the head of `help`
  std::vector<FlagDeclaration> flags;  // the program's own; one of a standard name changes its default and doc
};

// Standard flags that a pipeline reads: data_root, pipeline_root, metadata_path, serving_model_dir, train_steps (1000).
int Main(int argc, char** argv, CreatePipelineFn create_pipeline, const MainOptions& options = {});

}  // namespace tfx

#endif  // TFX_ORCHESTRATION_MAIN_H_
