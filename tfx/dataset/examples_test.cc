#include "tfx/dataset/examples.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "arrow/api.h"
#include "tensorflow/core/example/example.pb.h"
#include "tfx/dataset/wire_format.h"
#include "tfx/io/text_proto.h"

namespace tfx::dataset {
namespace {

template <class Message>
Message FromText(std::string_view text) {
  Message message;
  EXPECT_TRUE(io::ParseTextProto(text, "test", &message).ok()) << text;
  return message;
}

io::Records Examples(const std::vector<std::string>& texts) {
  io::Records records;
  for (const std::string& text : texts) records.Append(SerializeExample(FromText<tensorflow::Example>(text)));
  return records;
}

// A column as [row, row, ...] with null and [values].
std::string Show(const RecordBatchPtr& batch, const std::string& name) {
  const auto column = batch->GetColumnByName(name);
  if (column == nullptr) return "absent";
  std::string shown = column->type_id() == arrow::Type::NA ? "null" : column->type()->field(0)->type()->ToString();
  for (int64_t i = 0; i < column->length(); ++i) {
    shown += i == 0 ? ": " : ", ";
    if (column->IsNull(i) || column->type_id() == arrow::Type::NA) {
      shown += "-";
      continue;
    }
    const auto values = static_cast<const arrow::ListArray&>(*column).value_slice(i);
    shown += "[";
    for (int64_t j = 0; j < values->length(); ++j) {
      std::string value = values->GetScalar(j).ValueOrDie()->ToString();
      shown += (j == 0 ? "" : " ") + value;
    }
    shown += "]";
  }
  return shown;
}

RecordBatchPtr Decode(const io::Records& records, const DecodeOptions& options = {}) {
  absl::StatusOr<RecordBatchPtr> batch = DecodeExamples(records, options);
  EXPECT_TRUE(batch.ok()) << batch.status();
  if (!batch.ok()) return arrow::RecordBatch::MakeEmpty(arrow::schema({})).ValueOrDie();
  EXPECT_TRUE((*batch)->ValidateFull().ok()) << (*batch)->ValidateFull().ToString();
  return *batch;
}

TEST(DecodeExamples, MakesAColumnPerFeatureSortedByName) {
  const io::Records records = Examples({
      R"(features { feature { key: "z" value { int64_list { value: [1, -2] } } }
                    feature { key: "a" value { bytes_list { value: ["x", ""] } } } })",
      R"(features { feature { key: "m" value { float_list { value: [0.5] } } }
                    feature { key: "z" value { int64_list { value: 9223372036854775807 } } } })",
  });

  const RecordBatchPtr batch = Decode(records);

  ASSERT_EQ(batch->num_rows(), 2);
  EXPECT_EQ(batch->schema()->field_names(), (std::vector<std::string>{"a", "m", "z"}));
  EXPECT_EQ(Show(batch, "a"), "binary: [x ], -");
  EXPECT_EQ(Show(batch, "m"), "float: -, [0.5]");
  EXPECT_EQ(Show(batch, "z"), "int64: [1 -2], [9223372036854775807]");
}

TEST(DecodeExamples, TellsNoKindFromAnEmptyList) {
  const io::Records records = Examples({
      R"(features { feature { key: "i" value { int64_list {} } } feature { key: "n" value {} } })",
      R"(features { feature { key: "i" value {} } })",
      R"(features { feature { key: "i" value { int64_list { value: 3 } } } })",
      R"()",
  });

  const RecordBatchPtr batch = Decode(records);

  EXPECT_EQ(Show(batch, "i"), "int64: [], -, [3], -");
  EXPECT_EQ(Show(batch, "n"), "null: -, -, -, -");
}

TEST(DecodeExamples, NoRecordsGiveNoColumnsAndNoRows) {
  const RecordBatchPtr batch = Decode(io::Records());
  EXPECT_EQ(batch->num_rows(), 0);
  EXPECT_EQ(batch->num_columns(), 0);
}

TEST(DecodeExamples, DecodesOnlyTheFeaturesAskedFor) {
  const io::Records records = Examples({
      R"(features { feature { key: "a" value { int64_list { value: 1 } } }
                    feature { key: "b" value { int64_list { value: 2 } } } })",
  });

  const RecordBatchPtr batch = Decode(records, {.features = {"zz", "b", "b"}});

  EXPECT_EQ(batch->schema()->field_names(), (std::vector<std::string>{"b", "zz"}));
  EXPECT_EQ(Show(batch, "b"), "int64: [2]");
  EXPECT_EQ(Show(batch, "zz"), "null: -");
}

TEST(DecodeExamples, RefusesAFeatureOfTwoKinds) {
  const io::Records records = Examples({
      R"()",
      R"(features { feature { key: "age" value { int64_list { value: 1 } } } })",
      R"(features { feature { key: "age" value { float_list { } } } })",
  });

  const absl::Status status = DecodeExamples(records).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(),
            "feature 'age' is float in row 2 but int64 in row 1; a feature must have one kind in all rows");
}

// Hand-made wire bytes, decoded by protobuf's own parser as the oracle.
std::string Field(int field, std::string_view bytes) {
  std::string out;
  AppendVarint(static_cast<uint64_t>(field) << 3 | 2, &out);
  AppendVarint(bytes.size(), &out);
  return out.append(bytes);
}

std::string Entry(std::string_view key, std::string_view feature) {
  return Field(1, Field(1, key) + Field(2, feature));
}

void ExpectSameAsProtobuf(const std::string& example) {
  tensorflow::Example parsed;
  ASSERT_TRUE(parsed.ParseFromString(example));
  io::Records by_hand, by_protobuf;
  by_hand.Append(example);
  by_protobuf.Append(SerializeExample(parsed));
  const RecordBatchPtr got = Decode(by_hand);
  const RecordBatchPtr want = Decode(by_protobuf);
  EXPECT_TRUE(got->Equals(*want)) << got->ToString() << "\nwant\n" << want->ToString();
}

TEST(DecodeExamples, ReadsPackedAndUnpackedNumbers) {
  const std::string unpacked_ints = Field(3, std::string("\x08\x05\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 13));
  const std::string mixed_ints =
      Field(3, std::string("\x08\x05", 2) + Field(1, "\x01\x02") + std::string("\x08\x07", 2));
  const std::string floats = Field(2, std::string("\x0d\0\0\x80\x3f", 5) + Field(1, std::string("\0\0\0\x40", 4)));

  const std::string example = Field(1, Entry("u", unpacked_ints) + Entry("m", mixed_ints) + Entry("f", floats));

  ExpectSameAsProtobuf(example);
  io::Records records;
  records.Append(example);
  EXPECT_EQ(Show(Decode(records), "u"), "int64: [5 -1]");
  EXPECT_EQ(Show(Decode(records), "m"), "int64: [5 1 2 7]");
  EXPECT_EQ(Show(Decode(records), "f"), "float: [1 2]");
}

TEST(DecodeExamples, TheLastOfADuplicateKeyStays) {
  const std::string one = Field(3, Field(1, "\x01"));
  const std::string two = Field(1, Field(1, "two"));

  ExpectSameAsProtobuf(Field(1, Entry("k", two) + Entry("j", one) + Entry("k", one)));
  ExpectSameAsProtobuf(Field(1, Entry("k", one) + Entry("k", two)));
  ExpectSameAsProtobuf(Field(1, Entry("k", one) + Entry("k", "")));
  ExpectSameAsProtobuf(Field(1, Entry("k", one)) + Field(1, Entry("k", two) + Entry("l", one)));
}

TEST(DecodeExamples, MergesParts) {
  const std::string one = Field(3, Field(1, "\x01"));
  const std::string text = Field(1, Field(1, "two"));

  ExpectSameAsProtobuf(Field(1, Entry("k", one + one)));
  ExpectSameAsProtobuf(Field(1, Entry("k", one + text)));
  ExpectSameAsProtobuf(Field(1, Entry("k", text + one + text)));
  ExpectSameAsProtobuf(Field(1, Field(1, Field(2, one))));                  // no key: ""
  ExpectSameAsProtobuf(Field(1, Field(1, Field(1, "k"))));                  // no value
  ExpectSameAsProtobuf(Field(1, Field(1, Field(2, one) + Field(1, "k"))));  // value first
}

TEST(DecodeExamples, SkipsUnknownFields) {
  const std::string unknown = std::string("\x78\x05", 2) + Field(9, "abc") + std::string("\x51\1\2\3\4\5\6\7\x08", 9) +
                              std::string("\x5d\1\2\3\4", 5) + std::string("\x63\x08\x01\x64", 4);
  const std::string list = Field(3, unknown + Field(1, "\x07"));

  ExpectSameAsProtobuf(unknown + Field(1, unknown + Entry("k", unknown + list)));
}

TEST(DecodeExamples, MalformedBytesAreDataLossAndNameTheRow) {
  const std::string good = SerializeExample(FromText<tensorflow::Example>(R"(features {
      feature { key: "i" value { int64_list { value: [1, 300, -1] } } }
      feature { key: "f" value { float_list { value: [1, 2] } } }
      feature { key: "b" value { bytes_list { value: ["abc", "d"] } } } })"));
  io::Records records;
  records.Append(good);
  records.Append("\x0a\x05xyz");

  const absl::Status status = DecodeExamples(records).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(status.message(), "row 1 is not a tf.Example");
}

// Every prefix and every single changed byte: we accept what protobuf accepts, and never crash.
TEST(DecodeExamples, AgreesWithProtobufOnDamagedBytes) {
  const std::string good = SerializeExample(FromText<tensorflow::Example>(R"(features {
      feature { key: "i" value { int64_list { value: [1, 300, -1] } } }
      feature { key: "f" value { float_list { value: [1, 2] } } }
      feature { key: "n" value { } }
      feature { key: "b" value { bytes_list { value: ["abc", "d"] } } } })"));
  int num_accepted = 0;
  const auto compare = [&](const std::string& bytes) {
    tensorflow::Example parsed;
    io::Records records;
    records.Append(bytes);
    const bool expected = parsed.ParseFromString(bytes);
    const absl::StatusOr<RecordBatchPtr> batch = DecodeExamples(records);
    ASSERT_EQ(batch.ok(), expected) << batch.status() << " " << absl::CHexEscape(bytes);
    if (!expected) return;
    ++num_accepted;
    io::Records again;
    again.Append(SerializeExample(parsed));
    ASSERT_TRUE((*batch)->Equals(*Decode(again)));
  };
  for (size_t size = 0; size <= good.size(); ++size) compare(good.substr(0, size));
  for (size_t i = 0; i < good.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = good;
      changed[i] = static_cast<char>(byte);
      compare(changed);
    }
  }
  EXPECT_GT(num_accepted, 1000);
}

TEST(DecodeExamples, ReadsSequenceExamples) {
  io::Records records;
  for (const char* text : {
           R"(context { feature { key: "id" value { int64_list { value: 7 } } } }
              feature_lists {
                feature_list { key: "words" value { feature { bytes_list { value: ["a", "b"] } }
                                                    feature { } feature { bytes_list { } } } }
                feature_list { key: "empty" value { } } })",
           R"(feature_lists { feature_list { key: "words" value { feature { bytes_list { value: "c" } } } } })",
           R"(context { feature { key: "id" value { int64_list { value: 8 } } } })",
       }) {
    records.Append(io::SerializeDeterministically(FromText<tensorflow::SequenceExample>(text)));
  }

  const RecordBatchPtr batch = Decode(records, {.format = PayloadFormat::kSequenceExample});

  EXPECT_EQ(batch->schema()->field_names(), (std::vector<std::string>{"##SEQUENCE##", "id"}));
  EXPECT_EQ(Show(batch, "id"), "int64: [7], -, [8]");
  const auto& sequence = static_cast<const arrow::StructArray&>(*batch->GetColumnByName("##SEQUENCE##"));
  EXPECT_EQ(sequence.type()->ToString(), "struct<empty: list<item: null>, words: list<item: list<item: binary>>>");
  const auto& words = static_cast<const arrow::ListArray&>(*sequence.GetFieldByName("words"));
  EXPECT_EQ(words.value_length(0), 3);
  EXPECT_EQ(words.value_length(1), 1);
  EXPECT_TRUE(words.IsNull(2));
  EXPECT_TRUE(words.values()->IsNull(1));
  EXPECT_TRUE(words.values()->IsValid(2));
}

TEST(DecodeExamples, RefusesAStepOfAnotherKind) {
  io::Records records;
  records.Append(io::SerializeDeterministically(FromText<tensorflow::SequenceExample>(
      R"(feature_lists { feature_list { key: "s" value { feature { int64_list { value: 1 } }
                                                         feature { float_list { value: 1 } } } } })")));

  const absl::Status status = DecodeExamples(records, {.format = PayloadFormat::kSequenceExample}).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "feature 's' has steps of the kinds int64 and float in row 0"))
      << status;
}

TEST(EncodeExamples, IsTheReverseOfDecodeExamples) {
  const io::Records records = Examples({
      R"(features { feature { key: "i" value { int64_list { value: [1, -2, 300] } } }
                    feature { key: "b" value { bytes_list { value: ["x", ""] } } } })",
      R"(features { feature { key: "f" value { float_list { value: [0.5, -1e30] } } }
                    feature { key: "i" value { int64_list { } } }
                    feature { key: "b" value { bytes_list { } } } })",
      R"(features { feature { key: "f" value { float_list { } } } })",
      R"(features { })",
  });

  const absl::StatusOr<io::Records> again = EncodeExamples(*Decode(records));

  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->size(), records.size());
  for (size_t i = 0; i < records.size(); ++i) EXPECT_EQ((*again)[i], records[i]) << i;
}

// Found by fuzzing: what is given up must be well-formed all the same, and a tag has five bytes at most.
TEST(DecodeExamples, IsAsStrictAndAsLaxAsProtobufIsWithOddBytes) {
  const auto map_entry = [](std::string_view feature) {
    std::string entry = std::string("\x0a\x01x\x12") + static_cast<char>(feature.size()) + std::string(feature);
    std::string features = std::string("\x0a") + static_cast<char>(entry.size()) + entry;
    return std::string("\x0a") + static_cast<char>(features.size()) + features;
  };
  const std::string bad_floats_then_bytes = map_entry("\x12\x03\x0a\x01x\x0a\x00");
  const std::string good_floats_then_bytes = map_entry(std::string_view("\x12\x06\x0a\x04\0\0\0\0\x0a\0", 10));
  const std::string tag_beyond_32_bits = std::string("\x80\x80\x80\x80\x18\x0d", 6);
  const std::string tag_of_six_bytes = std::string("\x8a\x80\x80\x80\x80\x00\x00", 7);
  for (const std::string& bytes :
       {bad_floats_then_bytes, good_floats_then_bytes, tag_beyond_32_bits, tag_of_six_bytes}) {
    io::Records records;
    records.Append(bytes);
    tensorflow::Example message;
    EXPECT_EQ(DecodeExamples(records).ok(), message.ParseFromString(bytes)) << absl::CHexEscape(bytes);
  }
}

TEST(DecodeExamples, LeavesOutWhatNoRecordHasWhereAsked) {
  const io::Records records =
      Examples({R"(features { feature { key: "a" value { } } feature { key: "b" value { } } })"});

  const RecordBatchPtr all = Decode(records, {.features = {"a", "c"}});
  const RecordBatchPtr found = Decode(records, {.features = {"a", "c"}, .absent = DecodeOptions::Absent::kLeftOut});

  EXPECT_EQ(all->schema()->field_names(), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(found->schema()->field_names(), (std::vector<std::string>{"a"}));
}

TEST(EncodeExamples, WritesSlicesOfABatch) {
  const io::Records records = Examples({
      R"(features { feature { key: "b" value { bytes_list { value: "x" } } } })",
      R"(features { feature { key: "b" value { bytes_list { value: ["y", "z"] } } } })",
  });

  const absl::StatusOr<io::Records> tail = EncodeExamples(*Decode(records)->Slice(1));

  ASSERT_TRUE(tail.ok()) << tail.status();
  ASSERT_EQ(tail->size(), 1u);
  EXPECT_EQ((*tail)[0], records[1]);
}

TEST(EncodeExamples, WritesSequenceExamples) {
  io::Records records;
  for (const char* text : {
           R"(context { feature { key: "id" value { int64_list { value: 7 } } } }
              feature_lists { feature_list { key: "e" value { feature { } } }
                              feature_list { key: "w" value { feature { bytes_list { value: ["a", "b"] } }
                                                              feature { } feature { bytes_list { } } } } })",
           R"(context { } feature_lists { feature_list { key: "w" value { } } })",
       }) {
    records.Append(io::SerializeDeterministically(FromText<tensorflow::SequenceExample>(text)));
  }

  const RecordBatchPtr batch = Decode(records, {.format = PayloadFormat::kSequenceExample});
  const absl::StatusOr<io::Records> again = EncodeExamples(*batch, PayloadFormat::kSequenceExample);

  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->size(), 2u);
  EXPECT_EQ((*again)[0], records[0]);
  EXPECT_EQ((*again)[1], records[1]);
  EXPECT_EQ(EncodeExamples(*batch).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(EncodeExamples, NamesTheColumnItCannotWrite) {
  const auto flat = arrow::RecordBatch::Make(arrow::schema({arrow::field("x", arrow::int64())}), 0,
                                             arrow::ArrayVector{arrow::MakeEmptyArray(arrow::int64()).ValueOrDie()});
  arrow::ListBuilder builder(arrow::default_memory_pool(), std::make_shared<arrow::Int64Builder>());
  ASSERT_TRUE(builder.Append().ok());
  ASSERT_TRUE(builder.value_builder()->AppendNull().ok());
  const auto null_inside = arrow::RecordBatch::Make(arrow::schema({arrow::field("y", arrow::list(arrow::int64()))}), 1,
                                                    arrow::ArrayVector{builder.Finish().ValueOrDie()});

  const absl::Status not_a_list = EncodeExamples(*flat).status();
  const absl::Status has_null = EncodeExamples(*null_inside).status();

  EXPECT_EQ(not_a_list.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(not_a_list.message(), "column 'x' is int64")) << not_a_list;
  EXPECT_EQ(has_null.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(has_null.message(), "column 'y' has a null among the values of row 0")) << has_null;
}

}  // namespace
}  // namespace tfx::dataset
