// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_TABLE_HPP
#define EXAMPLES_COMMON_TABLE_HPP

/// @file
/// A table of text with columns as wide as they need to be.

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace demo {

/// The columns that `text` takes: characters of UTF-8, without the sequences that set colours.
inline std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\x1b') {
      at = std::min(text.find('m', at), text.size() - 1);
    } else if ((static_cast<unsigned char>(text[at]) & 0xc0) != 0x80) {
      ++width;
    }
  }
  return width;
}

class table {
 public:
  enum class align { left, right };

  /// Adds a column. Columns in a row that share a `group` stand under it as a common heading.
  void column(std::string heading, align side = align::right, std::string group = {}) {
    columns_.push_back({std::move(heading), std::move(group), side});
  }
  void row(std::vector<std::string> cells) {
    cells.resize(columns_.size());
    rows_.push_back(std::move(cells));
  }

  void print(std::ostream& out, bool unicode) const {
    std::vector<std::size_t> widths;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      std::size_t width = width_of(columns_[at].heading);
      for (const auto& cells : rows_) width = std::max(width, width_of(cells[at]));
      widths.push_back(width);
    }
    // A group's heading may be wider than its columns together.
    for_each_group([&](std::size_t first, std::size_t count) {
      const std::size_t needed = width_of(columns_[first].group);
      while (span_of(widths, first, count) < needed) ++widths[first];
    });

    print_groups(out, widths, unicode);
    std::vector<std::string> headings;
    for (const auto& column : columns_) headings.push_back(column.heading);
    print_row(out, headings, widths);
    for (const std::size_t width : widths) {
      out << "  ";
      for (std::size_t at = 0; at < width; ++at) out << (unicode ? "\u2500" : "-");
    }
    out << '\n';
    for (const auto& cells : rows_) print_row(out, cells, widths);
  }

 private:
  struct column_type {
    std::string heading;
    std::string group;
    align side;
  };

  template <class Visit>
  void for_each_group(Visit visit) const {
    for (std::size_t first = 0, count = 0; first < columns_.size(); first += count) {
      count = 1;
      while (first + count < columns_.size() && !columns_[first].group.empty() &&
             columns_[first + count].group == columns_[first].group) {
        ++count;
      }
      visit(first, count);
    }
  }

  static std::size_t span_of(const std::vector<std::size_t>& widths, std::size_t first, std::size_t count) {
    std::size_t span = 2 * (count - 1);
    for (std::size_t at = first; at < first + count; ++at) span += widths[at];
    return span;
  }

  void print_groups(std::ostream& out, const std::vector<std::size_t>& widths, bool unicode) const {
    const bool any = std::any_of(columns_.begin(), columns_.end(), [](const auto& c) { return !c.group.empty(); });
    if (!any) return;
    const auto rule = [&](std::size_t length, bool ruled) {
      std::string text;
      for (std::size_t at = 0; at < length; ++at) text += !ruled ? " " : unicode ? "\u2500" : "-";
      return text;
    };
    std::string line;
    for_each_group([&](std::size_t first, std::size_t count) {
      const std::string& group = columns_[first].group;
      const std::size_t rest = span_of(widths, first, count) - width_of(group);
      const bool ruled = !group.empty() && rest >= 4;
      const std::size_t left = rest / 2;
      const std::size_t right = rest - left;
      line += ruled ? "  " + rule(left - 1, true) + ' ' + group + ' ' + rule(right - 1, true)
                    : "  " + rule(left, false) + group + rule(right, false);
    });
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }

  void print_row(std::ostream& out, const std::vector<std::string>& cells,
                 const std::vector<std::size_t>& widths) const {
    std::string line;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
      const std::string padding(widths[at] - width_of(cells[at]), ' ');
      line += "  " + (columns_[at].side == align::left ? cells[at] + padding : padding + cells[at]);
    }
    out << line.substr(0, line.find_last_not_of(' ') + 1) << '\n';
  }

  std::vector<column_type> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace demo
#endif
