#include "tfx/data_validation/generators/image_stats.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "tfx/data_validation/generators/binary_values.h"
#include "tfx/data_validation/generators/image_header.h"
#include "tfx/data_validation/generators/leaf_stats.h"

namespace tfx::tfdv {
namespace {

namespace v0 = ::tensorflow::metadata::v0;

struct ImageCounts {
  std::array<int64_t, 5> by_format = {};  // by ImageFormat
  int64_t max_width = 0;
  int64_t max_height = 0;
  bool is_invalid = false;

  void Merge(const ImageCounts& other) {
    for (size_t i = 0; i < by_format.size(); ++i) by_format[i] += other.by_format[i];
    max_width = std::max(max_width, other.max_width);
    max_height = std::max(max_height, other.max_height);
    is_invalid = is_invalid || other.is_invalid;
  }
  void Write(sketches::StateWriter* out) const {
    for (const int64_t count : by_format) out->Integer(count);
    out->Integer(max_width);
    out->Integer(max_height);
    out->Integer(is_invalid);
  }
  void Read(sketches::StateReader* in) {
    for (int64_t& count : by_format) count = static_cast<int64_t>(in->Integer());
    max_width = static_cast<int64_t>(in->Integer());
    max_height = static_cast<int64_t>(in->Integer());
    is_invalid = in->Integer() != 0;
  }
};

class ImageStatsGenerator final : public LeafStatsGenerator<ImageStatsGenerator, ImageCounts> {
 public:
  explicit ImageStatsGenerator(const ImageStatsGeneratorOptions& options) : options_(options) {}

  std::string_view name() const override { return "ImageStatsGenerator"; }

  absl::Status AddColumn(const StatsBatch&, const FeatureColumn& column, ImageCounts* counts) const {
    if (column.kind != FeatureKind::kString) counts->is_invalid = true;
    ForEachBinary(*column.values, [&](int64_t, std::string_view value) {
      ++counts->by_format[static_cast<size_t>(RecogniseImage(value))];
      if (!options_.enable_size_stats) return;
      if (const auto size = ReadImageSize(value); size.has_value()) {
        counts->max_width = std::max(counts->max_width, size->width);
        counts->max_height = std::max(counts->max_height, size->height);
      }
    });
    return absl::OkStatus();
  }

  absl::Status WriteFeature(const FeaturePath&, const ImageCounts& counts, v0::FeatureNameStatistics* feature) const {
    const int64_t total = std::accumulate(counts.by_format.begin(), counts.by_format.end(), int64_t{0});
    if (counts.is_invalid || total < options_.values_threshold ||
        1 - static_cast<double>(counts.by_format[0]) / static_cast<double>(total) < options_.is_image_ratio_threshold) {
      return absl::OkStatus();
    }
    auto* domain = feature->add_custom_stats();
    domain->set_name("domain_info");
    domain->set_str("image_domain {}");
    auto* formats = feature->add_custom_stats();
    formats->set_name("image_format_histogram");
    for (size_t i = 0; i < counts.by_format.size(); ++i) {
      if (counts.by_format[i] == 0) continue;
      auto* bucket = formats->mutable_rank_histogram()->add_buckets();
      bucket->set_label(i == 0 ? "UNKNOWN" : ImageFormatName(static_cast<ImageFormat>(i)));
      bucket->set_sample_count(static_cast<double>(counts.by_format[i]));
    }
    if (!options_.enable_size_stats) return absl::OkStatus();
    auto* width = feature->add_custom_stats();
    width->set_name("image_max_width");
    width->set_num(static_cast<double>(counts.max_width));
    auto* height = feature->add_custom_stats();
    height->set_name("image_max_height");
    height->set_num(static_cast<double>(counts.max_height));
    return absl::OkStatus();
  }

 private:
  ImageStatsGeneratorOptions options_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<StatsGenerator>> MakeImageStatsGenerator(const ImageStatsGeneratorOptions& options) {
  if (!(options.is_image_ratio_threshold >= 0 && options.is_image_ratio_threshold <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("ImageStatsGenerator: is_image_ratio_threshold must be from 0 to 1, "
                     "not ",
                     options.is_image_ratio_threshold));
  }
  if (options.values_threshold < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("ImageStatsGenerator: values_threshold must be at least 1, not ", options.values_threshold));
  }
  return std::make_unique<ImageStatsGenerator>(options);
}

}  // namespace tfx::tfdv
