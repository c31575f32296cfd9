// ImportSchemaGen: a schema that people keep by hand, as an artifact. The file is checked, then copied byte for byte.
#ifndef TFX_COMPONENTS_IMPORT_SCHEMA_GEN_H_
#define TFX_COMPONENTS_IMPORT_SCHEMA_GEN_H_

#include <string>

#include "tfx/dsl/component.h"

namespace tfx {

struct ImportSchemaGen {
  std::string schema_file;  // text format; its content is part of the cache key

  struct Outputs {
    Channel<Schema> schema;
  };
  static const ComponentDescription<ImportSchemaGen>& Describe();
};

}  // namespace tfx

#endif  // TFX_COMPONENTS_IMPORT_SCHEMA_GEN_H_
