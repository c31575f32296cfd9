// What differs between two messages of one type, field by field. Used by schema_diff.h and skew/statistics_diff.h.
// Stateless; thread-safe.
#ifndef TFX_DATA_VALIDATION_SCHEMA_MESSAGE_DIFF_H_
#define TFX_DATA_VALIDATION_SCHEMA_MESSAGE_DIFF_H_

#include <functional>
#include <string>
#include <vector>

namespace google::protobuf {
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

namespace tfx::tfdv {

struct FieldDifference {
  enum class Kind {
    kValue,      // a value, or what is set on one side only
    kElements,   // a list: before has the elements that only the first side has, after those of the second
    kReordered,  // a list with the same elements in another order; before and after are empty
  };
  Kind kind = Kind::kValue;
  std::string field;   // "presence.min_fraction"; elements of lists "buckets[3].low_value"
  std::string before;  // in text format on one line; empty: not set
  std::string after;
};

struct MessageDiffOptions {
  // Elements of lists are compared place by place, or as sets (with counts) where order says nothing.
  enum class Lists { kByPlace, kAsSets } lists = Lists::kByPlace;
  double tolerance = 0;  // fraction of the larger of two floating-point numbers by which they may differ
  double margin = 0;     // and the absolute difference that is always allowed
  // Fields to leave out, at any depth; null: none.
  std::function<bool(const google::protobuf::FieldDescriptor&)> leave_out;
};

// In the order of field numbers; map entries by key. Both must have the same type. Two NaN are equal; messages within a
// google.protobuf.Any are compared as such where their type is linked in.
std::vector<FieldDifference> DiffMessages(const google::protobuf::Message& before,
                                          const google::protobuf::Message& after,
                                          const MessageDiffOptions& options = {});

// Text format on one line, without the fields left out by `leave_out`.
std::string OneLine(const google::protobuf::Message& message,
                    const std::function<bool(const google::protobuf::FieldDescriptor&)>& leave_out = nullptr);

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_SCHEMA_MESSAGE_DIFF_H_
