// Everything that a pipeline program needs.
#ifndef TFX_TFX_H_
#define TFX_TFX_H_

#include "tfx/base/status_macros.h"
#include "tfx/components/csv_example_gen.h"
#include "tfx/components/distribution_validator.h"
#include "tfx/components/evaluator.h"
#include "tfx/components/example_diff.h"
#include "tfx/components/example_validator.h"
#include "tfx/components/import_example_gen.h"
#include "tfx/components/import_schema_gen.h"
#include "tfx/components/pusher.h"
#include "tfx/components/schema_gen.h"
#include "tfx/components/statistics_gen.h"
#include "tfx/components/trainer.h"
#include "tfx/components/transform.h"
#include "tfx/dsl/artifact_types.h"
#include "tfx/dsl/channel.h"
#include "tfx/dsl/component.h"
#include "tfx/dsl/executor.h"
#include "tfx/dsl/flags.h"
#include "tfx/dsl/importer.h"
#include "tfx/dsl/parameter.h"
#include "tfx/dsl/pipeline.h"
#include "tfx/dsl/resolver.h"
#include "tfx/orchestration/main.h"
#include "tfx/trainer/keras.h"
#include "tfx/transform/preprocessing.h"
#include "tfx/transform/transform_output.h"

#endif  // TFX_TFX_H_
