// Pusher: copies a blessed model to where servers look for it: <base_directory>/<Unix seconds>/, saved_model.pb last.
//
//   p.Add(tfx::Pusher{.model = trainer.model, .model_blessing = evaluator.blessing,
//                     .push_destination = tfx::Filesystem{.base_directory = flags["serving_model_dir"]}});
//
// A model that is not blessed is not pushed, which is no failure: the artifact says pushed = 0.
#ifndef TFX_COMPONENTS_PUSHER_H_
#define TFX_COMPONENTS_PUSHER_H_

#include <string>

#include "tfx/dsl/component.h"

namespace tfx {

struct Filesystem {
  std::string base_directory;
};

struct Pusher {
  Channel<Model> model;
  Channel<ModelBlessing> model_blessing;
  Channel<InfraBlessing> infra_blessing;
  Filesystem push_destination;

  struct Outputs {
    Channel<PushedModel> pushed_model;
  };
  static const ComponentDescription<Pusher>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_PUSHER_H_
