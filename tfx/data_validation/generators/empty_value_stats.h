// Counts values that stand for "nothing" (TFDV's EmptyValueCounterGenerator, which nothing but a user asks for).
//
// Per leaf feature, each only where it is not 0: custom statistics "int_-1" (values -1 of numbers), "str_empty" (empty
// strings), and for features of nested lists, instead of their values, "list_empty" (empty or missing lists of the
// second level). State: three numbers per feature, exact.
#ifndef TFX_DATA_VALIDATION_GENERATORS_EMPTY_VALUE_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_EMPTY_VALUE_STATS_H_

#include <memory>

#include "tfx/data_validation/features/stats_generator.h"

namespace tfx::tfdv {

std::unique_ptr<StatsGenerator> MakeEmptyValueCounterGenerator();

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_EMPTY_VALUE_STATS_H_
