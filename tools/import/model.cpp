// SPDX-License-Identifier: BSL-1.0
#include "model.hpp"

#include <utility>

namespace importer {

std::int64_t operation::integer(const std::string& key, std::int64_t otherwise) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? otherwise : found->second.integer;
}

float operation::real(const std::string& key, float otherwise) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? otherwise : found->second.real;
}

std::string operation::text(const std::string& key, const std::string& otherwise) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? otherwise : found->second.text;
}

std::vector<std::int64_t> operation::integers(const std::string& key, std::vector<std::int64_t> otherwise) const {
  const auto found = attributes.find(key);
  return found == attributes.end() ? std::move(otherwise) : found->second.integers;
}

std::string operation::title() const {
  const std::string shown = !name.empty() ? name : outputs.empty() ? "" : outputs[0];
  return kind + (shown.empty() ? "" : " '" + shown + "'") + " (node " + std::to_string(position) + ")";
}

}  // namespace importer
