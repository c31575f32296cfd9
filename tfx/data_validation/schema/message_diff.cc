#include "tfx/data_validation/schema/message_diff.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace tfx::tfdv {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

std::string ScalarText(const Message& message, const FieldDescriptor& field, int index) {
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return text;
}

std::string ElementText(const Message& message, const FieldDescriptor& field, int index) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return ScalarText(message, field, index);
  const Reflection& reflection = *message.GetReflection();
  const Message& element =
      index < 0 ? reflection.GetMessage(message, &field) : reflection.GetRepeatedMessage(message, &field, index);
  return absl::StrCat("{ ", OneLine(element), " }");
}

bool IsFloatingPoint(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE || field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT;
}

// What a google.protobuf.Any holds; null for other messages, types that are not linked in and bytes that do not parse.
std::unique_ptr<Message> Unpack(const Message& message) {
  if (message.GetDescriptor()->full_name() != "google.protobuf.Any") return nullptr;
  google::protobuf::Any any;
  any.CopyFrom(message);
  const std::string type = any.type_url().substr(any.type_url().rfind('/') + 1);
  const auto* descriptor = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
  if (descriptor == nullptr) return nullptr;
  std::unique_ptr<Message> unpacked(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
  return unpacked->ParseFromString(any.value()) ? std::move(unpacked) : nullptr;
}

double Number(const Message& message, const FieldDescriptor& field, int index) {
  const Reflection& r = *message.GetReflection();
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    return index < 0 ? r.GetDouble(message, &field) : r.GetRepeatedDouble(message, &field, index);
  }
  return index < 0 ? r.GetFloat(message, &field) : r.GetRepeatedFloat(message, &field, index);
}

class Differ {
 public:
  explicit Differ(const MessageDiffOptions& options) : options_(options) {}

  void Compare(const Message& a, const Message& b, const std::string& prefix) {
    const std::unique_ptr<Message> in_a = Unpack(a), in_b = Unpack(b);
    if (in_a != nullptr && in_b != nullptr && in_a->GetDescriptor() == in_b->GetDescriptor()) {
      return Compare(*in_a, *in_b, prefix);
    }
    std::map<int, const FieldDescriptor*> fields;  // by number
    for (const Message* message : {&a, &b}) {
      std::vector<const FieldDescriptor*> set;
      message->GetReflection()->ListFields(*message, &set);
      for (const FieldDescriptor* field : set) fields[field->number()] = field;
    }
    for (const auto& [number, field] : fields) {
      if (options_.leave_out && options_.leave_out(*field)) continue;
      const std::string path = absl::StrCat(prefix, prefix.empty() ? "" : ".", field->name());
      if (field->is_map()) {
        CompareMaps(a, b, *field, path);
      } else if (field->is_repeated()) {
        if (options_.lists == MessageDiffOptions::Lists::kAsSets) {
          CompareSets(a, b, *field, path);
        } else {
          CompareLists(a, b, *field, path);
        }
      } else {
        const bool in_a = a.GetReflection()->HasField(a, field), in_b = b.GetReflection()->HasField(b, field);
        CompareValues(in_a ? &a : nullptr, -1, in_b ? &b : nullptr, -1, *field, path);
      }
    }
  }

  std::vector<FieldDifference> Take() { return std::move(found_); }

 private:
  using Kind = FieldDifference::Kind;

  // One value on each side, null where there is none.
  void CompareValues(const Message* a, int index_a, const Message* b, int index_b, const FieldDescriptor& field,
                     const std::string& path) {
    if (a != nullptr && b != nullptr) {
      if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        auto element = [&](const Message& m, int i) -> const Message& {
          return i < 0 ? m.GetReflection()->GetMessage(m, &field) : m.GetReflection()->GetRepeatedMessage(m, &field, i);
        };
        return Compare(element(*a, index_a), element(*b, index_b), path);
      }
      if (IsFloatingPoint(field)) {
        if (SameNumber(Number(*a, field, index_a), Number(*b, field, index_b))) return;
      } else if (ScalarText(*a, field, index_a) == ScalarText(*b, field, index_b)) {
        return;
      }
    }
    found_.push_back({Kind::kValue, path, a == nullptr ? "" : ElementText(*a, field, index_a),
                      b == nullptr ? "" : ElementText(*b, field, index_b)});
  }

  bool SameNumber(double a, double b) const {
    if (a == b || (std::isnan(a) && std::isnan(b))) return true;
    const double difference = std::fabs(a - b);
    return std::isfinite(difference) &&
           (difference <= options_.margin || difference <= options_.tolerance * std::max(std::fabs(a), std::fabs(b)));
  }

  void CompareLists(const Message& a, const Message& b, const FieldDescriptor& field, const std::string& path) {
    const int size_a = a.GetReflection()->FieldSize(a, &field), size_b = b.GetReflection()->FieldSize(b, &field);
    for (int i = 0; i < std::max(size_a, size_b); ++i) {
      CompareValues(i < size_a ? &a : nullptr, i, i < size_b ? &b : nullptr, i, field, absl::StrCat(path, "[", i, "]"));
    }
  }

  void CompareSets(const Message& a, const Message& b, const FieldDescriptor& field, const std::string& path) {
    auto texts = [&](const Message& message) {
      std::vector<std::string> all;
      for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
        all.push_back(ElementText(message, field, i));
      }
      return all;
    };
    // Those of `all` that `others` lacks, in their order.
    auto without = [](const std::vector<std::string>& all, const std::vector<std::string>& others) {
      std::multiset<std::string> left(others.begin(), others.end());
      std::string text;
      for (const std::string& one : all) {
        if (const auto it = left.find(one); it != left.end()) {
          left.erase(it);
        } else {
          absl::StrAppend(&text, text.empty() ? "" : ", ", one);
        }
      }
      return text;
    };
    const std::vector<std::string> in_a = texts(a), in_b = texts(b);
    if (in_a == in_b) return;
    FieldDifference difference{Kind::kElements, path, without(in_a, in_b), without(in_b, in_a)};
    if (difference.before.empty() && difference.after.empty()) difference.kind = Kind::kReordered;
    found_.push_back(std::move(difference));
  }

  void CompareMaps(const Message& a, const Message& b, const FieldDescriptor& field, const std::string& path) {
    const FieldDescriptor& key = *field.message_type()->map_key();
    const FieldDescriptor& value = *field.message_type()->map_value();
    std::map<std::string, std::pair<const Message*, const Message*>> entries;
    for (const bool first : {true, false}) {
      const Message& message = first ? a : b;
      for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
        const Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
        auto& pair = entries[ScalarText(entry, key, -1)];
        (first ? pair.first : pair.second) = &entry;
      }
    }
    for (const auto& [name, pair] : entries) {
      CompareValues(pair.first, -1, pair.second, -1, value, absl::StrCat(path, "[", name, "]"));
    }
  }

  const MessageDiffOptions& options_;
  std::vector<FieldDifference> found_;
};

void Clear(const std::function<bool(const FieldDescriptor&)>& leave_out, Message* message) {
  std::vector<const FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (leave_out(*field)) {
      message->GetReflection()->ClearField(message, field);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_repeated()) {
      Clear(leave_out, message->GetReflection()->MutableMessage(message, field));
    }
  }
}

}  // namespace

std::vector<FieldDifference> DiffMessages(const Message& before, const Message& after,
                                          const MessageDiffOptions& options) {
  Differ differ(options);
  differ.Compare(before, after, "");
  return differ.Take();
}

std::string OneLine(const Message& message, const std::function<bool(const FieldDescriptor&)>& leave_out) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  if (leave_out) {
    const std::unique_ptr<Message> copy(message.New());
    copy->CopyFrom(message);
    Clear(leave_out, copy.get());
    printer.PrintToString(*copy, &text);
  } else {
    printer.PrintToString(message, &text);
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace tfx::tfdv
