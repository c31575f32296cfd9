// Everything that a pipeline program needs.
#ifndef TFX_TFX_H_
#define TFX_TFX_H_

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

#endif  // TFX_TFX_H_
