// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TOOLS_CHART_SVG_HPP
#define CLEAVE_TOOLS_CHART_SVG_HPP

/// @file
/// A picture in the making. It has its own opaque background, so that it reads the same on light and dark pages.

#include <array>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

namespace cleave_chart {

/// Colours for series, apart from each other for all kinds of sight (after Okabe and Ito, Color universal design,
/// 2008).
inline constexpr std::array<std::string_view, 8> palette{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                         "#56b4e9", "#d55e00", "#7a6b00", "#666666"};
inline std::string_view colour_of(std::size_t series) { return palette[series % palette.size()]; }

namespace ink {
inline constexpr std::string_view background = "#ffffff";
inline constexpr std::string_view text = "#1b1f24";
inline constexpr std::string_view quiet = "#57606a";
inline constexpr std::string_view grid = "#d9dee3";
inline constexpr std::string_view band = "#fff3c4";
}  // namespace ink

enum class anchor { start, middle, end };

struct text_style {
  anchor where = anchor::start;
  double size = 12;
  bool bold = false;
  double turned = 0;  ///< degrees, clockwise
  std::string_view colour = ink::text;
  std::string_view around{};  ///< a colour that keeps lines away from the letters: the background's
};

/// About how wide a text is: fonts differ.
inline double text_width(std::string_view text, double size = 12) {
  double width = 0;
  for (const char each : text) {
    const bool continues = (static_cast<unsigned char>(each) & 0xC0U) == 0x80U;
    const bool narrow = std::string_view("iljtfrI.,:;'| ()/-").find(each) != std::string_view::npos;
    const bool wide = (each >= 'A' && each <= 'Z') || each == 'm' || each == 'w' || each == '@';
    width += continues ? 0 : narrow ? 0.36 : wide ? 0.8 : 0.62;
  }
  return width * size;
}

class svg {
 public:
  svg(double width, double height, std::string_view title) : width_(width), height_(height) {
    body_ += "<title>" + escaped(title) + "</title>\n";
    rectangle(0, 0, width, height, ink::background);
  }

  void rectangle(double x, double y, double width, double height, std::string_view fill, double rounded = 0) {
    body_ += "<rect" + pair("x", x) + pair("y", y) + pair("width", width < 0 ? 0 : width) +
             pair("height", height < 0 ? 0 : height);
    if (rounded > 0) body_ += pair("rx", rounded);
    body_ += " fill=\"" + std::string(fill) + "\"/>\n";
  }
  void line(double x1, double y1, double x2, double y2, std::string_view colour, double width = 1,
            bool dashed = false) {
    body_ += "<line" + pair("x1", x1) + pair("y1", y1) + pair("x2", x2) + pair("y2", y2) + " stroke=\"" +
             std::string(colour) + "\"" + pair("stroke-width", width) + (dashed ? " stroke-dasharray=\"5 4\"" : "") +
             "/>\n";
  }
  /// `points`: "x,y x,y ...".
  void path(std::string_view points, std::string_view colour, double width, bool dashed = false) {
    body_ += "<polyline points=\"" + std::string(points) + "\" fill=\"none\" stroke=\"" + std::string(colour) + "\"" +
             pair("stroke-width", width) + " stroke-linejoin=\"round\"" + (dashed ? " stroke-dasharray=\"5 4\"" : "") +
             "/>\n";
  }
  void dot(double x, double y, double radius, std::string_view fill) {
    body_ += "<circle" + pair("cx", x) + pair("cy", y) + pair("r", radius) + " fill=\"" + std::string(fill) +
             "\" stroke=\"" + std::string(ink::background) + "\"/>\n";
  }
  void text(double x, double y, std::string_view words, const text_style& style = {}) {
    static constexpr std::array<std::string_view, 3> anchors{"start", "middle", "end"};
    body_ += "<text" + pair("x", x) + pair("y", y) + pair("font-size", style.size) + " text-anchor=\"" +
             std::string(anchors[static_cast<std::size_t>(style.where)]) + "\" fill=\"" + std::string(style.colour) +
             "\"" + (style.bold ? " font-weight=\"bold\"" : "");
    if (!style.around.empty()) {
      body_ += " stroke=\"" + std::string(style.around) +
               "\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"";
    }
    if (style.turned != 0) {
      body_ += " transform=\"rotate(" + number(style.turned) + " " + number(x) + " " + number(y) + ")\"";
    }
    body_ += ">" + escaped(words) + "</text>\n";
  }

  std::string finished() const {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + pair("width", width_) + pair("height", height_) +
           " viewBox=\"0 0 " + number(width_) + " " + number(height_) +
           "\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">\n" + body_ + "</svg>\n";
  }

  static std::string number(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.2f", value);
    std::string result = text;
    result.erase(result.find_last_not_of('0') + 1);
    if (result.back() == '.') result.pop_back();
    return result == "-0" ? "0" : result;
  }

 private:
  static std::string pair(const char* name, double value) {
    return std::string(" ") + name + "=\"" + number(value) + "\"";
  }
  static std::string escaped(std::string_view words) {
    std::string result;
    for (const char each : words) {
      switch (each) {
        case '&': result += "&amp;"; break;
        case '<': result += "&lt;"; break;
        case '>': result += "&gt;"; break;
        case '"': result += "&quot;"; break;
        default: result += each;
      }
    }
    return result;
  }

  double width_;
  double height_;
  std::string body_;
};

/// Whether the picture is in the file now.
inline bool write_file(const std::string& path, std::string_view picture) {
  std::ofstream file(path, std::ios::binary);
  file << picture;
  return static_cast<bool>(file.flush());
}

}  // namespace cleave_chart
#endif
