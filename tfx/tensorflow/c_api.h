// Private to tfx/tensorflow: TensorFlow's C API as a table of function pointers that runtime.cc fills by dlsym.
//
// The C headers also declare the functions themselves, which nobody links; so code that calls them is written inside
// namespace tfx::tf, where TF_NewGraph names the pointer of this file. Using them from elsewhere does not link.
// The pointers are null until LoadRuntime() has succeeded and never change afterwards.
#ifndef TFX_TENSORFLOW_C_API_H_
#define TFX_TENSORFLOW_C_API_H_

#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/c_api_experimental.h"
#include "tensorflow/c/tf_tstring.h"

#define TFX_TENSORFLOW_FUNCTIONS(X)                     \
  X(TF_AddControlInput)                                 \
  X(TF_AddGradientsWithPrefix)                          \
  X(TF_AddInput)                                        \
  X(TF_AddInputList)                                    \
  X(TF_AllocateTensor)                                  \
  X(TF_CheckpointReaderGetTensor)                       \
  X(TF_CheckpointReaderGetVariable)                     \
  X(TF_CheckpointReaderSize)                            \
  X(TF_CloseSession)                                    \
  X(TF_DeleteBuffer)                                    \
  X(TF_DeleteCheckpointReader)                          \
  X(TF_DeleteGraph)                                     \
  X(TF_DeleteImportGraphDefOptions)                     \
  X(TF_DeleteImportGraphDefResults)                     \
  X(TF_DeleteSession)                                   \
  X(TF_DeleteSessionOptions)                            \
  X(TF_DeleteStatus)                                    \
  X(TF_DeleteTensor)                                    \
  X(TF_Dim)                                             \
  X(TF_FinishOperation)                                 \
  X(TF_GetAllOpList)                                    \
  X(TF_GetCode)                                         \
  X(TF_GraphGetTensorNumDims)                           \
  X(TF_GraphGetTensorShape)                             \
  X(TF_GraphImportGraphDefWithResults)                  \
  X(TF_GraphNextOperation)                              \
  X(TF_GraphOperationByName)                            \
  X(TF_GraphToGraphDef)                                 \
  X(TF_ImportGraphDefOptionsAddInputMapping)            \
  X(TF_ImportGraphDefOptionsAddReturnOutput)            \
  X(TF_ImportGraphDefOptionsSetPrefix)                  \
  X(TF_ImportGraphDefResultsMissingUnusedInputMappings) \
  X(TF_ImportGraphDefResultsReturnOutputs)              \
  X(TF_LoadSessionFromSavedModel)                       \
  X(TF_Message)                                         \
  X(TF_NewBuffer)                                       \
  X(TF_NewBufferFromString)                             \
  X(TF_NewCheckpointReader)                             \
  X(TF_NewGraph)                                        \
  X(TF_NewImportGraphDefOptions)                        \
  X(TF_NewOperation)                                    \
  X(TF_NewSession)                                      \
  X(TF_NewSessionOptions)                               \
  X(TF_NewStatus)                                       \
  X(TF_NumDims)                                         \
  X(TF_OperationGetAttrType)                            \
  X(TF_OperationInput)                                  \
  X(TF_OperationName)                                   \
  X(TF_OperationNumInputs)                              \
  X(TF_OperationNumOutputs)                             \
  X(TF_OperationOpType)                                 \
  X(TF_OperationOutputType)                             \
  X(TF_SessionRun)                                      \
  X(TF_SetAttrBool)                                     \
  X(TF_SetAttrFloat)                                    \
  X(TF_SetAttrFloatList)                                \
  X(TF_SetAttrInt)                                      \
  X(TF_SetAttrIntList)                                  \
  X(TF_SetAttrShape)                                    \
  X(TF_SetAttrShapeList)                                \
  X(TF_SetAttrString)                                   \
  X(TF_SetAttrStringList)                               \
  X(TF_SetAttrTensor)                                   \
  X(TF_SetAttrType)                                     \
  X(TF_SetAttrTypeList)                                 \
  X(TF_SetConfig)                                       \
  X(TF_StringCopy)                                      \
  X(TF_StringDealloc)                                   \
  X(TF_StringGetDataPointer)                            \
  X(TF_StringGetSize)                                   \
  X(TF_StringInit)                                      \
  X(TF_TensorByteSize)                                  \
  X(TF_TensorData)                                      \
  X(TF_TensorElementCount)                              \
  X(TF_TensorType)                                      \
  X(TF_Version)

namespace tfx::tf {

#define TFX_DECLARE(function) inline decltype(&::function) function = nullptr;
TFX_TENSORFLOW_FUNCTIONS(TFX_DECLARE)
#undef TFX_DECLARE

// A TF_Status that is freed at the end of its scope.
class CStatus {
 public:
  CStatus() : status_(TF_NewStatus()) {}
  ~CStatus() { TF_DeleteStatus(status_); }
  CStatus(const CStatus&) = delete;
  CStatus& operator=(const CStatus&) = delete;
  operator TF_Status*() { return status_; }
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  const char* message() const { return TF_Message(status_); }
  // TensorFlow's codes are Abseil's.
  absl::Status ToStatus() const {
    if (ok()) return absl::OkStatus();
    return absl::Status(static_cast<absl::StatusCode>(TF_GetCode(status_)), TF_Message(status_));
  }

 private:
  TF_Status* status_;
};

// Deleters go through the pointer at the time of deletion.
struct BufferDeleter {
  void operator()(TF_Buffer* buffer) const { TF_DeleteBuffer(buffer); }
};
using BufferPtr = std::unique_ptr<TF_Buffer, BufferDeleter>;

inline BufferPtr CopyToBuffer(std::string_view bytes) {
  return BufferPtr(TF_NewBufferFromString(bytes.data(), bytes.size()));
}

}  // namespace tfx::tf

#endif  // TFX_TENSORFLOW_C_API_H_
