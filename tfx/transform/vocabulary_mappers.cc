#include "absl/strings/str_cat.h"
#include "tfx/transform/mappers.h"
#include "tfx/transform/trace.h"

namespace tft {
namespace {

using ::tensorflow::DT_INT64;
using ::tensorflow::DT_STRING;

bool IsTokenType(tf::DataType dtype) {
  return dtype == DT_STRING || dtype == ::tensorflow::DT_INT64 || dtype == ::tensorflow::DT_INT32;
}

// Blanks end the count in "count token" lines, so tokens must have none. TFT's replacement.
Tensor WithoutBlanks(const Tensor& x) {
  Trace* trace = Trace::Current();
  const tf::Output values = trace->graph()
                                .Op("StaticRegexReplace")
                                .Input(x.values())
                                .Attr("pattern", " ")
                                .Attr("rewrite", "__SPACE__")
                                .Output();
  return values.valid() ? x.WithValues(values) : Tensor();
}

}  // namespace

Tensor ApplyVocabulary(const Tensor& x, const Tensor& vocabulary, const ApplyVocabularyOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("ApplyVocabulary", {&x, &vocabulary})) return {};
  auto fail = [&](const std::string& message) {
    trace->Fail("ApplyVocabulary", message);
    return Tensor();
  };
  if (!IsTokenType(x.dtype())) {
    return fail(absl::StrCat("needs strings or integers, not ", ::tensorflow::DataType_Name(x.dtype())));
  }
  if (options.num_oov_buckets < 0) return fail("num_oov_buckets must not be negative");
  const std::optional<tf::Output> size = trace->VocabularySizeOfPath(vocabulary.output());
  if (!size.has_value()) return fail("its second argument must be what Vocabulary() returned");

  Trace::Scope scope(*trace, options.name, "apply_vocab");
  tf::Graph& graph = trace->graph();
  const Tensor tokens = AsString(x);
  if (!tokens.valid()) return {};
  // The shared name is completed by the vocabulary's content when the graph is finished.
  const tf::Output table = graph.Op("HashTableV2", "hash_table")
                               .Attr("key_dtype", DT_STRING)
                               .Attr("value_dtype", DT_INT64)
                               .Attr("shared_name", "tft")
                               .Output();
  // Key: the whole line (-2), or its second column; value: the number of the line (-1).
  const tf::Operation initializer = graph.Op("InitializeTableFromTextFileV2", "initialize_table")
                                        .Input(table)
                                        .Input(vocabulary.output())
                                        .Attr("key_index", options.store_frequency ? 1 : -2)
                                        .Attr("value_index", -1)
                                        .Attr("delimiter", options.store_frequency ? " " : "\t")
                                        .Finish();
  const bool oov = options.num_oov_buckets > 0;
  const int64_t absent = oov ? -1 : options.default_value;
  tf::Output id =
      graph.Op("LookupTableFindV2").Input(table).Input(tokens.values()).Input(graph.Scalar<int64_t>(absent)).Output();
  // TensorFlow does not know that a lookup keeps the shape.
  id = graph.Op("Reshape").Input(id).Input(graph.Op("Shape").Input(tokens.values()).Output()).Output();
  if (!initializer.valid() || !id.valid()) return {};
  trace->AddTableInitializer(initializer);
  tf::Output min = graph.Scalar<int64_t>(0);
  tf::Output max = graph.Op("AddV2").Input(*size).Input(graph.Scalar<int64_t>(options.num_oov_buckets - 1)).Output();
  if (oov) {
    const tf::Output table_size = graph.Op("LookupTableSizeV2").Input(table).Output();
    const tf::Output hash =
        graph.Op("StringToHashBucketFast").Input(tokens.values()).Attr("num_buckets", options.num_oov_buckets).Output();
    const tf::Output known = graph.Op("NotEqual").Input(id).Input(graph.Scalar<int64_t>(absent)).Output();
    const tf::Output outside = graph.Op("AddV2").Input(hash).Input(table_size).Output();
    id = graph.Op("SelectV2").Input(known).Input(id).Input(outside).Output();
  } else {
    const tf::Output absent_id = graph.Scalar<int64_t>(absent);
    min = graph.Op("Minimum").Input(min).Input(absent_id).Output();
    max = graph.Op("Maximum").Input(max).Input(absent_id).Output();
  }
  trace->SetDomain(id, min, max);
  return id.valid() ? x.WithValues(id) : Tensor();
}

Tensor ComputeAndApplyVocabulary(const Tensor& x, const ComputeAndApplyVocabularyOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("ComputeAndApplyVocabulary", {&x})) return {};
  Trace::Scope scope(*trace, options.name, "compute_and_apply_vocabulary");
  const Tensor tokens = options.store_frequency && x.dtype() == DT_STRING ? WithoutBlanks(x) : x;
  const Tensor vocabulary = Vocabulary(tokens, {.top_k = options.top_k,
                                                .frequency_threshold = options.frequency_threshold,
                                                .vocab_filename = options.vocab_filename,
                                                .store_frequency = options.store_frequency,
                                                .reserved_tokens = options.reserved_tokens,
                                                .weights = options.weights,
                                                .fingerprint_shuffle = options.fingerprint_shuffle,
                                                .coverage_top_k = options.coverage_top_k,
                                                .coverage_frequency_threshold = options.coverage_frequency_threshold,
                                                .key_fn = options.key_fn});
  return ApplyVocabulary(tokens, vocabulary,
                         {.default_value = options.default_value,
                          .num_oov_buckets = options.num_oov_buckets,
                          .store_frequency = options.store_frequency});
}

Tensor StringToInt(const Tensor& x, const ComputeAndApplyVocabularyOptions& options) {
  return ComputeAndApplyVocabulary(x, options);
}

Tensor HashStrings(const Tensor& strings, const HashStringsOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr || !trace->Check("HashStrings", {&strings})) return {};
  if (strings.dtype() != DT_STRING) {
    trace->Fail("HashStrings",
                absl::StrCat("needs strings, not ", ::tensorflow::DataType_Name(strings.dtype()), "; use AsString"));
    return {};
  }
  if (options.hash_buckets <= 0) {
    trace->Fail("HashStrings", absl::StrCat("hash_buckets is ", options.hash_buckets, "; it must be positive"));
    return {};
  }
  Trace::Scope scope(*trace, options.name, "hash_strings");
  tf::Graph& graph = trace->graph();
  tf::Output hash;
  if (options.key.has_value()) {
    hash =
        graph.Op("StringToHashBucketStrong")
            .Input(strings.values())
            .Attr("num_buckets", options.hash_buckets)
            .IntListAttr("key", {static_cast<int64_t>(options.key->first), static_cast<int64_t>(options.key->second)})
            .Output();
  } else {
    hash =
        graph.Op("StringToHashBucketFast").Input(strings.values()).Attr("num_buckets", options.hash_buckets).Output();
  }
  return hash.valid() ? strings.WithValues(hash) : Tensor();
}

Tensor FeatureCross(const std::vector<Tensor>& features, const FeatureCrossOptions& options) {
  Trace* trace = Trace::Current();
  if (trace == nullptr) return {};
  if (features.size() < 2) {
    trace->Fail("FeatureCross", "needs at least two features");
    return {};
  }
  Trace::Scope scope(*trace, options.name, "feature_cross");
  std::vector<Tensor> parts;
  for (const Tensor& feature : features) parts.push_back(AsString(feature));
  const Tensor crossed = HashStrings(StringJoin(parts, options.separator), {.hash_buckets = options.hash_buckets});
  if (!crossed.valid()) return {};
  tf::Graph& graph = trace->graph();
  trace->SetDomain(crossed.output(), graph.Scalar<int64_t>(0), graph.Scalar<int64_t>(options.hash_buckets - 1));
  return crossed;
}

}  // namespace tft
