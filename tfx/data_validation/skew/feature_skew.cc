#include "tfx/data_validation/skew/feature_skew.h"

#include <algorithm>
#include <limits>
#include <span>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/digest.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/skew/example_features.h"
#include "tfx/data_validation/skew/partitions.h"
#include "tfx/data_validation/skew/skew_tally.h"
#include "tfx/dataset/wire_format.h"

namespace tfx::tfdv {
namespace {

// A level takes bits of the fingerprint from the top; a partition that is still too large goes to the next level.
constexpr int kBitsPerLevel = 6;
constexpr size_t kPartitionsPerLevel = size_t{1} << kBitsPerLevel;
constexpr int kLevels = 64 / kBitsPerLevel;

size_t PartitionOf(uint64_t fingerprint, int level) {
  return (fingerprint >> (64 - kBitsPerLevel * (level + 1))) & (kPartitionsPerLevel - 1);
}

absl::Status CheckOptions(const FeatureSkewOptions& options) {
  if (options.identifier_features.empty()) {
    return absl::InvalidArgumentError("identifier_features is empty; name at least one feature to join examples on");
  }
  if (options.sample_size < 0) {
    return absl::InvalidArgumentError(absl::StrCat("sample_size is ", options.sample_size, "; it must be at least 0"));
  }
  if (options.float_round_ndigits.has_value() &&
      (*options.float_round_ndigits < 0 || *options.float_round_ndigits > 323)) {
    return absl::InvalidArgumentError(
        absl::StrCat("float_round_ndigits is ", *options.float_round_ndigits, "; it must be from 0 to 323"));
  }
  if (options.memory_budget_bytes < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("memory_budget_bytes is ", options.memory_budget_bytes, "; it must be at least 1"));
  }
  return absl::OkStatus();
}

// The identifiers of an example as bytes that are equal where they are; empty when one has no values.
absl::StatusOr<std::string> IdentifierKey(const std::vector<NamedFeature>& features,
                                          const std::vector<std::string>& identifiers,
                                          std::optional<int> float_round_ndigits) {
  std::string key;
  for (const std::string& name : identifiers) {
    const dataset::FeatureValue* feature = FindFeature(features, name);
    absl::StatusOr<bool> missing = HasNoValues(feature);
    if (!missing.ok()) return Annotate(missing.status(), absl::StrCat("feature '", name, "'"));
    if (*missing) return std::string();
    ASSIGN_OR_RETURN(const std::string canonical, CanonicalFeature(*feature, float_round_ndigits));
    dataset::AppendVarint(canonical.size(), &key);
    key.append(canonical);
  }
  return key;
}

class Join {
 public:
  Join(const FeatureSkewOptions& options, const Engine& engine)
      : options_(options),
        engine_(engine),
        // Half for what waits in memory, half for the partitions that are being joined.
        waiting_budget_(std::max<int64_t>(1, options.memory_budget_bytes / 4)),
        join_budget_(
            std::max<int64_t>(1, options.memory_budget_bytes / 2 / std::max(1u, std::thread::hardware_concurrency()))),
        identifiers_(options.identifier_features),
        left_out_(options.identifier_features),
        spill_(options.spill_directory) {
    std::sort(identifiers_.begin(), identifiers_.end());
    left_out_.insert(left_out_.end(), options.features_to_ignore.begin(), options.features_to_ignore.end());
    std::sort(left_out_.begin(), left_out_.end());
  }

  absl::StatusOr<FeatureSkewResults> Run(const ShardSource<io::Records>& base_source,
                                         const ShardSource<io::Records>& test_source) {
    Partitions base(kPartitionsPerLevel, waiting_budget_, &spill_);
    Partitions test(kPartitionsPerLevel, waiting_budget_, &spill_);
    ASSIGN_OR_RETURN(const int64_t base_missing, Scatter("base", base_source, &base));
    ASSIGN_OR_RETURN(const int64_t test_missing, Scatter("test", test_source, &test));

    SkewTally total(&options_, &left_out_);
    total.AddMissingIdentifiers(base_missing, test_missing);
    size_t next = 0;
    const ShardSource<size_t> partitions = [&]() -> absl::StatusOr<std::optional<size_t>> {
      return next < kPartitionsPerLevel ? std::optional<size_t>(next++) : std::nullopt;
    };
    auto join = [&](const size_t& i) -> absl::StatusOr<SkewTally> {
      SkewTally tally(&options_, &left_out_);
      RETURN_IF_ERROR(JoinPartition(base.Release(i), test.Release(i), /*level=*/0, &tally));
      return tally;
    };
    RETURN_IF_ERROR(engine_.Map<size_t>(partitions, join, [&](SkewTally tally) {
      total.Merge(std::move(tally));
      return absl::OkStatus();
    }));
    return total.Finish();
  }

 private:
  // Reads one side into partitions; the number of examples without identifiers.
  absl::StatusOr<int64_t> Scatter(std::string_view side, const ShardSource<io::Records>& source,
                                  Partitions* partitions) {
    struct Shard {
      int64_t first_record;
      io::Records records;
    };
    struct Scattered {
      std::vector<std::string> partitions = std::vector<std::string>(kPartitionsPerLevel);
      int64_t missing = 0;
    };
    int64_t next_record = 0;
    const ShardSource<Shard> numbered = [&]() -> absl::StatusOr<std::optional<Shard>> {
      ASSIGN_OR_RETURN(std::optional<io::Records> records, source());
      if (!records.has_value()) return std::optional<Shard>();
      Shard shard{next_record, *std::move(records)};
      next_record += static_cast<int64_t>(shard.records.size());
      return std::make_optional(std::move(shard));
    };
    auto scatter = [&](const Shard& shard) -> absl::StatusOr<Scattered> {
      Scattered scattered;
      for (size_t i = 0; i < shard.records.size(); ++i) {
        const std::string_view record = shard.records[i];
        auto place = [&](const absl::Status& status) {
          return Annotate(status, absl::StrCat(std::string(side), " example ", shard.first_record + int64_t(i)));
        };
        const auto features = ParseFeatures(record);
        if (!features.ok()) return place(features.status());
        const auto key = IdentifierKey(*features, identifiers_, options_.float_round_ndigits);
        if (!key.ok()) return place(key.status());
        if (key->empty()) {
          ++scattered.missing;
          continue;
        }
        AppendKeyedRecord(*key, record, &scattered.partitions[PartitionOf(Fingerprint64(*key), 0)]);
      }
      return scattered;
    };
    int64_t missing = 0;
    RETURN_IF_ERROR(engine_.Map<Shard>(numbered, scatter, [&](Scattered scattered) -> absl::Status {
      missing += scattered.missing;
      for (size_t i = 0; i < kPartitionsPerLevel; ++i) {
        RETURN_IF_ERROR(partitions->Append(i, scattered.partitions[i]));
      }
      return absl::OkStatus();
    }));
    return missing;
  }

  absl::Status JoinPartition(Partition base, Partition test, int level, SkewTally* tally) const {
    const bool too_large = (base.is_spilled() || test.is_spilled()) &&
                           base.num_bytes() + test.num_bytes() > static_cast<uint64_t>(join_budget_);
    if (!too_large || level + 1 >= kLevels) return JoinInMemory(std::move(base), std::move(test), tally);

    Partitions base_parts(kPartitionsPerLevel, join_budget_ / 2, &spill_);
    Partitions test_parts(kPartitionsPerLevel, join_budget_ / 2, &spill_);
    uint64_t smallest = std::numeric_limits<uint64_t>::max(), greatest = 0;
    auto split = [&](Partition* from, Partitions* to) {
      std::string bytes;
      const absl::Status status = from->Visit(spill_, [&](const KeyedRecord& record) {
        const uint64_t fingerprint = Fingerprint64(record.key);
        smallest = std::min(smallest, fingerprint);
        greatest = std::max(greatest, fingerprint);
        bytes.clear();
        AppendKeyedRecord(record.key, record.record, &bytes);
        return to->Append(PartitionOf(fingerprint, level + 1), bytes);
      });
      *from = Partition();
      return status;
    };
    RETURN_IF_ERROR(split(&base, &base_parts));
    RETURN_IF_ERROR(split(&test, &test_parts));
    // One identifier cannot be cut any further.
    const int next_level = smallest == greatest ? kLevels : level + 1;
    for (size_t i = 0; i < kPartitionsPerLevel; ++i) {
      RETURN_IF_ERROR(JoinPartition(base_parts.Release(i), test_parts.Release(i), next_level, tally));
    }
    return absl::OkStatus();
  }

  struct Entry {
    uint64_t fingerprint;
    KeyedRecord keyed;
    bool operator<(const Entry& other) const {
      return fingerprint != other.fingerprint ? fingerprint < other.fingerprint : keyed.key < other.keyed.key;
    }
    bool SameKey(const Entry& other) const { return !(*this < other) && !(other < *this); }
  };

  // Sorted by identifier; equal ones in their order.
  static absl::StatusOr<std::vector<Entry>> Entries(std::string_view bytes) {
    std::vector<Entry> entries;
    RETURN_IF_ERROR(VisitKeyedRecords(bytes, [&](const KeyedRecord& record) {
      entries.push_back({Fingerprint64(record.key), record});
      return absl::OkStatus();
    }));
    std::stable_sort(entries.begin(), entries.end());
    return entries;
  }

  absl::Status JoinInMemory(Partition base, Partition test, SkewTally* tally) const {
    ASSIGN_OR_RETURN(const std::string base_bytes, base.Take(spill_));
    ASSIGN_OR_RETURN(const std::string test_bytes, test.Take(spill_));
    ASSIGN_OR_RETURN(const std::vector<Entry> bases, Entries(base_bytes));
    ASSIGN_OR_RETURN(const std::vector<Entry> tests, Entries(test_bytes));
    for (size_t i = 0, j = 0; i < bases.size() || j < tests.size();) {
      const bool from_base = j == tests.size() || (i < bases.size() && !(tests[j] < bases[i]));
      const Entry& first = from_base ? bases[i] : tests[j];
      size_t i_end = i, j_end = j;
      while (i_end < bases.size() && bases[i_end].SameKey(first)) ++i_end;
      while (j_end < tests.size() && tests[j_end].SameKey(first)) ++j_end;
      tally->AddIdentifier(static_cast<int64_t>(i_end - i), static_cast<int64_t>(j_end - j));
      const bool unique = i_end - i <= 1 && j_end - j <= 1;
      if (unique || options_.allow_duplicate_identifiers) {
        RETURN_IF_ERROR(
            ComparePairs(std::span(bases.data() + i, i_end - i), std::span(tests.data() + j, j_end - j), tally));
      }
      i = i_end;
      j = j_end;
    }
    return absl::OkStatus();
  }

  static absl::Status ComparePairs(std::span<const Entry> bases, std::span<const Entry> tests, SkewTally* tally) {
    if (bases.empty() || tests.empty()) return absl::OkStatus();
    std::vector<std::vector<NamedFeature>> test_features;
    for (const Entry& test : tests) {
      ASSIGN_OR_RETURN(test_features.emplace_back(), ParseFeatures(test.keyed.record));
    }
    for (size_t i = 0; i < bases.size(); ++i) {
      std::vector<NamedFeature> parsed;
      const std::vector<NamedFeature>* base_features = &test_features[0];
      // Most pairs are the same bytes, which need not be parsed twice.
      if (bases[i].keyed.record != tests[0].keyed.record) {
        ASSIGN_OR_RETURN(parsed, ParseFeatures(bases[i].keyed.record));
        base_features = &parsed;
      }
      for (size_t j = 0; j < tests.size(); ++j) {
        RETURN_IF_ERROR(tally->AddPair(bases[i].keyed.key,
                                       {bases[i].keyed.record, base_features, static_cast<int64_t>(i)},
                                       {tests[j].keyed.record, &test_features[j], static_cast<int64_t>(j)}));
      }
    }
    return absl::OkStatus();
  }

  const FeatureSkewOptions& options_;
  const Engine& engine_;
  const int64_t waiting_budget_;  // of each side
  const int64_t join_budget_;     // of each partition that is being joined
  std::vector<std::string> identifiers_;
  std::vector<std::string> left_out_;
  mutable SpillFile spill_;
};

}  // namespace

absl::StatusOr<FeatureSkewResults> DetectFeatureSkew(const ShardSource<io::Records>& base,
                                                     const ShardSource<io::Records>& test,
                                                     const FeatureSkewOptions& options, const Engine& engine) {
  RETURN_IF_ERROR(CheckOptions(options));
  return Join(options, engine).Run(base, test);
}

}  // namespace tfx::tfdv
