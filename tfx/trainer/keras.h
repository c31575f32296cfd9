// Everything a run_fn needs: the Keras-like model API in one include.
#ifndef TFX_TRAINER_KERAS_H_
#define TFX_TRAINER_KERAS_H_

#include "tfx/trainer/callbacks.h"
#include "tfx/trainer/data.h"
#include "tfx/trainer/fn_args.h"
#include "tfx/trainer/initializers.h"
#include "tfx/trainer/layer.h"
#include "tfx/trainer/layers.h"
#include "tfx/trainer/losses.h"
#include "tfx/trainer/metrics.h"
#include "tfx/trainer/model.h"
#include "tfx/trainer/optimizers.h"
#include "tfx/trainer/save_model.h"

#endif  // TFX_TRAINER_KERAS_H_
