// What generators share that look at each leaf feature for itself: one State per feature that is no struct.
//
//   struct Counts { void Merge(const Counts&); void Write(StateWriter*) const; void Read(StateReader*); };
//   class MyGenerator final : public LeafStatsGenerator<MyGenerator, Counts> {
//    public:
//     std::string_view name() const override { return "MyGenerator"; }
//     absl::Status AddColumn(const StatsBatch& batch, const FeatureColumn& column, Counts* counts) const;
//     absl::Status WriteFeature(const FeaturePath& path, const Counts& counts, FeatureNameStatistics* feature) const;
//   };
//
// A feature gets an entry in the result even when there is nothing to say of it, as in TFDV. AddColumn is not called
// while a feature has no kind.
#ifndef TFX_DATA_VALIDATION_GENERATORS_LEAF_STATS_H_
#define TFX_DATA_VALIDATION_GENERATORS_LEAF_STATS_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tfx/base/status_context.h"
#include "tfx/base/status_macros.h"
#include "tfx/data_validation/features/stats_generator.h"
#include "tfx/sketches/state_bytes.h"

namespace tfx::tfdv {

inline void WritePath(const FeaturePath& path, sketches::StateWriter* out) {
  out->Integer(path.size());
  for (const std::string& step : path) out->Bytes(step);
}

inline FeaturePath ReadPath(sketches::StateReader* in) {
  FeaturePath path(in->Count(8));
  for (std::string& step : path) step = std::string(in->Bytes());
  return path;
}

// Whether `a` is a generator of the class of `this`; what Merge asks first.
template <class Derived>
absl::StatusOr<const Derived*> SameGenerator(const StatsGenerator& other) {
  const auto* same = dynamic_cast<const Derived*>(&other);
  if (same == nullptr) return absl::InternalError("merged with a generator of another class");
  return same;
}

template <class Derived, class State>
class LeafStatsGenerator : public StatsGenerator {
 public:
  std::unique_ptr<StatsGenerator> Clone() const override {
    return std::make_unique<Derived>(static_cast<const Derived&>(*this));
  }

  absl::Status Add(const StatsBatch& batch) override {
    for (const FeatureColumn& column : batch.features) {
      if (column.kind == FeatureKind::kStruct) continue;
      State& state = states_[column.path];
      if (column.kind == FeatureKind::kUnknown) continue;
      RETURN_IF_ERROR(Annotate(static_cast<const Derived*>(this)->AddColumn(batch, column, &state),
                               absl::StrCat("feature ", SerializePath(column.path))));
    }
    return absl::OkStatus();
  }

  absl::Status Merge(const StatsGenerator& other) override {
    ASSIGN_OR_RETURN(const Derived* same, SameGenerator<Derived>(other));
    for (const auto& [path, state] : same->states_) {
      const auto [it, is_new] = states_.try_emplace(path, state);
      if (!is_new) it->second.Merge(state);
    }
    return absl::OkStatus();
  }

  std::string Serialize() const override {
    sketches::StateWriter out;
    out.Integer(states_.size());
    for (const auto& [path, state] : states_) {
      WritePath(path, &out);
      state.Write(&out);
    }
    return out.Take();
  }

  absl::Status ParseFrom(std::string_view bytes) override {
    sketches::StateReader in(bytes);
    std::map<FeaturePath, State> states;
    const uint64_t count = in.Count(8);
    for (uint64_t i = 0; i < count && in.good(); ++i) {
      FeaturePath path = ReadPath(&in);
      states[std::move(path)].Read(&in);
    }
    if (!in.ok()) return absl::DataLossError(absl::StrCat("not a state of ", std::string(name())));
    states_ = std::move(states);
    return absl::OkStatus();
  }

  absl::Status Write(::tensorflow::metadata::v0::DatasetFeatureStatistics* dataset) const override {
    for (const auto& [path, state] : states_) {
      RETURN_IF_ERROR(static_cast<const Derived*>(this)->WriteFeature(path, state, FindOrAddFeature(path, dataset)));
    }
    return absl::OkStatus();
  }

 private:
  std::map<FeaturePath, State> states_;
};

}  // namespace tfx::tfdv

#endif  // TFX_DATA_VALIDATION_GENERATORS_LEAF_STATS_H_
