// The methods of MetadataStore by name, for what is said of each of them alike: declared by a class that implements it,
// served and called over a network (metadata_service/store_calls.h).
//
//   class MyStore final : public MetadataStore {
//     MLMD_STORE_CALLS(MLMD_DECLARE_STORE_CALL)
#ifndef TFX_METADATA_METADATA_STORE_CALLS_H_
#define TFX_METADATA_METADATA_STORE_CALLS_H_

#include "tfx/metadata/metadata_store.h"

namespace mlmd {

// Every method of MetadataStore that is a call of the service under the same name.
#define MLMD_STORE_CALLS(CALL)         \
  CALL(GetArtifactByTypeAndName)       \
  CALL(GetArtifactType)                \
  CALL(GetArtifactTypes)               \
  CALL(GetArtifactTypesByExternalIds)  \
  CALL(GetArtifactTypesByID)           \
  CALL(GetArtifacts)                   \
  CALL(GetArtifactsByContext)          \
  CALL(GetArtifactsByExternalIds)      \
  CALL(GetArtifactsByID)               \
  CALL(GetArtifactsByType)             \
  CALL(GetArtifactsByURI)              \
  CALL(GetChildrenContextsByContext)   \
  CALL(GetChildrenContextsByContexts)  \
  CALL(GetContextByTypeAndName)        \
  CALL(GetContextType)                 \
  CALL(GetContextTypes)                \
  CALL(GetContextTypesByExternalIds)   \
  CALL(GetContextTypesByID)            \
  CALL(GetContexts)                    \
  CALL(GetContextsByArtifact)          \
  CALL(GetContextsByExecution)         \
  CALL(GetContextsByExternalIds)       \
  CALL(GetContextsByID)                \
  CALL(GetContextsByType)              \
  CALL(GetEventsByArtifactIDs)         \
  CALL(GetEventsByExecutionIDs)        \
  CALL(GetExecutionByTypeAndName)      \
  CALL(GetExecutionType)               \
  CALL(GetExecutionTypes)              \
  CALL(GetExecutionTypesByExternalIds) \
  CALL(GetExecutionTypesByID)          \
  CALL(GetExecutions)                  \
  CALL(GetExecutionsByContext)         \
  CALL(GetExecutionsByExternalIds)     \
  CALL(GetExecutionsByID)              \
  CALL(GetExecutionsByType)            \
  CALL(GetLineageSubgraph)             \
  CALL(GetParentContextsByContext)     \
  CALL(GetParentContextsByContexts)    \
  CALL(PutArtifactType)                \
  CALL(PutArtifacts)                   \
  CALL(PutAttributionsAndAssociations) \
  CALL(PutContextType)                 \
  CALL(PutContexts)                    \
  CALL(PutEvents)                      \
  CALL(PutExecution)                   \
  CALL(PutExecutionType)               \
  CALL(PutExecutions)                  \
  CALL(PutLineageSubgraph)             \
  CALL(PutParentContexts)              \
  CALL(PutTypes)

// MetadataStore's method of that name, with the parameters and the result that it has there.
#define MLMD_DECLARE_STORE_CALL(NAME) ::mlmd::FunctionOfMethod<decltype(&::mlmd::MetadataStore::NAME)>::type NAME;

template <typename Method>
struct FunctionOfMethod;
template <typename Class, typename Value, typename... Parameters>
struct FunctionOfMethod<Value (Class::*)(Parameters...)> {
  using type = Value(Parameters...);
};

}  // namespace mlmd

#endif  // TFX_METADATA_METADATA_STORE_CALLS_H_
