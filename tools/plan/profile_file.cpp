// SPDX-License-Identifier: BSL-1.0
#include "profile_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

namespace planning {

namespace {

using cleave::predictor_form;
using cleave::work_kind;

constexpr const char* format_name = "cleave-profile";
constexpr int format_version = 1;

/// The shortest digits that give the number back.
std::string digits(double number) {
  std::array<char, 40> text{};
  for (int precision = 3; precision <= 17; ++precision) {
    std::snprintf(text.data(), text.size(), "%.*g", precision, number);
    if (std::stod(text.data()) == number) break;
  }
  return text.data();
}

/// Measured numbers are good to a few digits; the others only make files long.
double rounded(double number) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.6g", number);
  return std::stod(text.data());
}

std::size_t used(std::span<const double> numbers) {
  std::size_t count = numbers.size();
  while (count > 0 && numbers[count - 1] == 0) --count;
  return count;
}

std::string list(std::span<const double> numbers) {
  std::string text = "{";
  for (std::size_t i = 0; i < numbers.size(); ++i) text += (i > 0 ? ", " : "") + digits(rounded(numbers[i]));
  return text + "}";
}

nlohmann::json json_list(std::span<const double> numbers) {
  nlohmann::json all = nlohmann::json::array();
  for (const double each : numbers) all.push_back(rounded(each));
  return all;
}

template <std::size_t Size>
void read_list(const nlohmann::json& from, std::array<double, Size>& to) {
  if (!from.is_array() || from.size() > Size) {
    throw std::runtime_error("a list of at most " + std::to_string(Size) + " numbers was expected");
  }
  for (std::size_t i = 0; i < from.size(); ++i) {
    to[i] = from[i].get<double>();
    if (!std::isfinite(to[i])) throw std::runtime_error("a number is not finite");
  }
}

void refuse_negative(std::span<const double> numbers, const std::string& what) {
  for (const double each : numbers) {
    if (each < 0) throw std::runtime_error(what + " can not be negative");
  }
}

}  // namespace

std::string identifier_of(const std::string& name) {
  std::string text = name;
  std::replace(text.begin(), text.end(), '-', '_');
  const auto is_allowed = [](char each) { return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '_'; };
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0 ||
      !std::all_of(text.begin(), text.end(), is_allowed)) {
    return {};
  }
  return text;
}

std::string profile_json(const named_profile& of) {
  nlohmann::json kinds = nlohmann::json::object();
  for (std::size_t i = 0; i < cleave::work_kinds; ++i) {
    const cleave::predictor& time = of.what.times[i];
    const cleave::power_model& power = of.what.powers[i];
    nlohmann::json kind = nlohmann::json::object();
    if (time.form != predictor_form::none) {
      kind["form"] = std::string{cleave::name_of(time.form)};
      kind["coefficients"] = json_list(std::span{time.coefficients}.first(used(time.coefficients)));
      kind["median_error"] = rounded(time.median_error);
      kind["worst_error"] = rounded(time.worst_error);
      if (time.form != predictor_form::additive) {
        kind["rates"] = json_list(std::array{time.least_rate, time.most_rate});
      }
    }
    const std::array watts{power.input, power.output, power.constant};
    if (used(watts) > 0) kind["watts"] = json_list(watts);
    if (!kind.empty()) kinds[std::string{cleave::name_of(static_cast<work_kind>(i))}] = kind;
  }
  const cleave::memory_curve& memory = of.what.memory;
  nlohmann::json all;
  all["format"] = format_name;
  all["version"] = format_version;
  all["name"] = of.name;
  all["fuses"] = of.what.fuses;
  all["idle_watts"] = rounded(of.what.idle_watts);
  all["memory"] = {{"bytes", json_list(std::span{memory.bytes}.first(memory.points))},
                   {"seconds_per_byte", json_list(std::span{memory.seconds_per_byte}.first(memory.points))}};
  all["kinds"] = kinds;
  return all.dump(2) + "\n";
}

named_profile parse_profile(const std::string& text, const std::string& origin) {
  try {
    const nlohmann::json all = nlohmann::json::parse(text);
    if (!all.is_object() || all.value("format", "") != format_name) throw std::runtime_error("it is no profile");
    if (all.value("version", 0) != format_version) throw std::runtime_error("it has another version");
    named_profile made;
    made.name = all.at("name").get<std::string>();
    made.what.fuses = all.at("fuses").get<bool>();
    made.what.idle_watts = all.at("idle_watts").get<double>();
    refuse_negative({&made.what.idle_watts, 1}, "idle_watts");
    cleave::memory_curve& memory = made.what.memory;
    const nlohmann::json& bytes = all.at("memory").at("bytes");
    read_list(bytes, memory.bytes);
    const nlohmann::json& speeds = all.at("memory").at("seconds_per_byte");
    read_list(speeds, memory.seconds_per_byte);
    if (speeds.size() != bytes.size()) throw std::runtime_error("memory has not as many sizes as times");
    refuse_negative(memory.seconds_per_byte, "times of memory");
    memory.points = bytes.size();
    for (std::size_t i = 0; i < memory.points; ++i) {
      if (memory.bytes[i] <= (i > 0 ? memory.bytes[i - 1] : 0)) throw std::runtime_error("sizes of memory do not rise");
    }
    bool any = false;
    for (const auto& [name, kind] : all.at("kinds").items()) {
      std::size_t index = 0;
      while (index < cleave::work_kinds && cleave::name_of(static_cast<work_kind>(index)) != name) ++index;
      if (index == cleave::work_kinds) throw std::runtime_error("there is no kind of layers '" + name + "'");
      cleave::predictor& time = made.what.times[index];
      if (kind.contains("form")) {
        const auto form = kind.at("form").get<std::string>();
        for (const predictor_form each :
             {predictor_form::additive, predictor_form::logarithmic, predictor_form::linear}) {
          if (cleave::name_of(each) == form) time.form = each;
        }
        if (time.form == predictor_form::none) throw std::runtime_error("there is no form '" + form + "'");
        read_list(kind.at("coefficients"), time.coefficients);
        // The other forms are lines, which may cross 0 where no layer is.
        if (time.form == predictor_form::additive) refuse_negative(time.coefficients, "coefficients of " + name);
        any = true;
        time.median_error = kind.value("median_error", 0.0);
        time.worst_error = kind.value("worst_error", 0.0);
        if (kind.contains("rates")) {
          std::array<double, 2> rates{};
          read_list(kind.at("rates"), rates);
          time.least_rate = rates[0];
          time.most_rate = rates[1];
          if (!(rates[0] > 0) || rates[1] < rates[0]) throw std::runtime_error("rates must be above 0");
        }
      }
      if (kind.contains("watts")) {
        std::array<double, 3> watts{};
        read_list(kind.at("watts"), watts);
        // A line as well, but not one that is below 0 everywhere.
        if (std::none_of(watts.begin(), watts.end(), [](double each) { return each > 0; })) {
          refuse_negative(watts, "watts of " + name);
        }
        made.what.powers[index] = {watts[0], watts[1], watts[2]};
      }
    }
    if (!any) throw std::runtime_error("it has no times of any kind of layers");
    return made;
  } catch (const nlohmann::json::parse_error& problem) {
    throw std::runtime_error(origin + ": it is no JSON from byte " + std::to_string(problem.byte) + " on");
  } catch (const nlohmann::json::exception& problem) {
    const std::string said = problem.what();  // "[json.exception.out_of_range.403] key 'name' not found"
    const std::size_t from = said.find("] ");
    throw std::runtime_error(origin + ": " + said.substr(from == std::string::npos ? 0 : from + 2));
  } catch (const std::exception& problem) {
    throw std::runtime_error(origin + ": " + problem.what());
  }
}

named_profile read_profile(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file || std::filesystem::is_directory(path)) throw std::runtime_error(path + ": can not be read");
  return parse_profile({std::istreambuf_iterator<char>{file}, {}}, path);
}

std::string profile_definition(const named_profile& of) {
  std::string text =
      "inline constexpr cleave::profile " + identifier_of(of.name) + " = [] {\n  cleave::profile made;\n";
  text += "  made.name = \"" + of.name + "\";\n";
  if (!of.what.fuses) text += "  made.fuses = false;\n";
  if (of.what.idle_watts != 0) text += "  made.idle_watts = " + digits(of.what.idle_watts) + ";\n";
  const cleave::memory_curve& memory = of.what.memory;
  if (memory.points > 0) {
    text += "  made.memory = {" + list(std::span{memory.bytes}.first(memory.points)) + ",\n                 " +
            list(std::span{memory.seconds_per_byte}.first(memory.points)) + ", " + std::to_string(memory.points) +
            "};\n";
  }
  for (std::size_t i = 0; i < cleave::work_kinds; ++i) {
    const std::string kind = "cleave::work_kind::" + std::string{cleave::name_of(static_cast<work_kind>(i))};
    const cleave::predictor& time = of.what.times[i];
    if (time.form != predictor_form::none) {
      text += "  made.time_of(" + kind + ") = {cleave::predictor_form::" + std::string{cleave::name_of(time.form)} +
              ",\n      " + list(std::span{time.coefficients}.first(used(time.coefficients))) + ", " +
              digits(rounded(time.median_error)) + ", " + digits(rounded(time.worst_error));
      if (time.form != predictor_form::additive) {
        text += ", " + digits(rounded(time.least_rate)) + ", " + digits(rounded(time.most_rate));
      }
      text += "};\n";
    }
    const cleave::power_model& power = of.what.powers[i];
    const std::array watts{power.input, power.output, power.constant};
    if (used(watts) > 0) text += "  made.power_of(" + kind + ") = " + list(watts) + ";\n";
  }
  return text + "  return made;\n}();\n";
}

std::string profile_header(const named_profile& of) {
  std::string guard = "CLEAVE_PROFILE_" + identifier_of(of.name) + "_HPP";
  for (char& each : guard) each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
  return "#ifndef " + guard + "\n#define " + guard + "\n\n/// @file\n/// What layers cost on the machine \"" + of.name +
         "\", measured by cleave-profile.\n\n#include <cleave/device.hpp>\n\n" + profile_definition(of) + "\n#endif\n";
}

}  // namespace planning
