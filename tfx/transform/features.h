// Tensors by feature name: what a preprocessing_fn takes and gives.
#ifndef TFX_TRANSFORM_FEATURES_H_
#define TFX_TRANSFORM_FEATURES_H_

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tfx/transform/tensor.h"

namespace tft {

// An ordered map of name to Tensor. Cheap to copy. Thread-compatible.
class Features {
 public:
  using Map = std::map<std::string, Tensor, std::less<>>;

  Features() = default;
  Features(std::initializer_list<Map::value_type> items) : items_(items) {}

  // A feature of the schema. An unknown name is an error of the preprocessing_fn (with the nearest name) and an invalid
  // Tensor.
  const Tensor& operator[](std::string_view name) const;
  // For outputs: makes the entry.
  Tensor& operator[](std::string_view name);

  bool contains(std::string_view name) const { return items_.find(name) != items_.end(); }
  bool empty() const { return items_.empty(); }
  size_t size() const { return items_.size(); }
  Map::const_iterator begin() const { return items_.begin(); }
  Map::const_iterator end() const { return items_.end(); }

 private:
  Map items_;
};

}  // namespace tft

#endif  // TFX_TRANSFORM_FEATURES_H_
