// SPDX-License-Identifier: BSL-1.0
#include "output.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <string_view>
#include <system_error>
#include <utility>

#include <cleave/core/bytes.hpp>
#include <cleave/weights/file.hpp>
#include <cleave/weights/slice.hpp>

#include "emit.hpp"
#include "reference_run.hpp"
#include "refusal.hpp"

namespace importer {

namespace {

/// Words that C++ 20 keeps for itself, between spaces.
constexpr std::string_view reserved =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class "
    "cleave co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype "
    "default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int "
    "long main mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register "
    "reinterpret_cast requires return short signed sizeof static static_assert static_cast std struct switch template "
    "this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while "
    "xor xor_eq ";

/// A file's name as one of C++.
std::string identifier_from(const std::string& text) {
  std::string name;
  for (const char each : text) name += std::isalnum(static_cast<unsigned char>(each)) != 0 ? each : '_';
  const bool taken = reserved.find(" " + name + " ") != std::string_view::npos;
  if (name.empty() || taken || name[0] == '_' || std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
    name = "model_" + name;
  }
  return name;
}

void check_name(const std::string& name) {
  if (name != identifier_from(name)) {
    throw refusal(trouble::usage, "--name '" + name + "' is no name that a graph can have in C++");
  }
}

std::size_t cut_of(const finished& of, const std::string& given) {
  std::size_t number = 0;
  const auto end = std::from_chars(given.data(), given.data() + given.size(), number);
  if (end.ec == std::errc{} && end.ptr == given.data() + given.size() && !given.empty()) {
    if (number <= of.graph.last) return number;
    throw refusal(trouble::usage, "there is no cut " + given + ": the last layer is " + std::to_string(of.graph.last));
  }
  const int index = of.graph.find(given);
  if (given.empty() || index < 0) throw refusal(trouble::usage, "no layer bears the label '" + given + "'");
  return of.graph.layer_of(static_cast<std::size_t>(index));
}

/// Puts a file's bytes into a program: two symbols around them.
std::string assembly(const std::string& name, const std::string& file) {
  return "// Puts " + file + " into read-only memory, as " + name +
         "_weights.hpp declares it.\n"
         "#if defined(__arm__)\n    .section .rodata." +
         name +
         "_weights, \"a\", %progbits\n#else\n"
         "    .section .rodata." +
         name +
         "_weights, \"a\", @progbits\n#endif\n"
         "    .balign 64\n    .global " +
         name + "_weights_begin\n" + name + "_weights_begin:\n    .incbin \"" + file + "\"\n    .global " + name +
         "_weights_end\n" + name +
         "_weights_end:\n    .byte 0\n"
         "#if defined(__linux__) && defined(__ELF__)\n#if defined(__arm__)\n    .section .note.GNU-stack, \"\", "
         "%progbits\n"
         "#else\n    .section .note.GNU-stack, \"\", @progbits\n#endif\n#endif\n";
}

std::string upper(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return text;
}

std::string embedding_header(const std::string& name) {
  const std::string guard = upper(name) + "_WEIGHTS_HPP";
  return "// Made by cleave-import.\n#ifndef " + guard + "\n#define " + guard +
         "\n\n/// @file\n"
         "/// The weights of " +
         name + " in the program itself, for cleave::view_weights. " + name +
         "_weights.S puts them there.\n\n#include <cstddef>\n#include <span>\n\nextern \"C\" {\nextern const "
         "std::byte " +
         name + "_weights_begin[];\nextern const std::byte " + name +
         "_weights_end[];\n}\n\n"
         "inline std::span<const std::byte> " +
         name + "_weights() noexcept {\n  return {" + name + "_weights_begin, " + name +
         "_weights_end};\n}\n\n#endif\n";
}

std::string numbers_text(const std::string& name, const std::vector<float>& numbers) {
  std::string text = "inline constexpr float " + name + "[] = {";
  std::string line;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    std::array<char, 40> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), numbers[i]);
    std::string number(digits.data(), end.ptr);
    if (std::isnan(numbers[i])) number = "__builtin_nanf(\"\"),";
    else if (std::isinf(numbers[i])) number = numbers[i] < 0 ? "-__builtin_inff()," : "__builtin_inff(),";
    else number += number.find_first_of(".e") == std::string::npos ? ".0F," : "F,";
    if (line.empty() || line.size() + number.size() > 116) {
      text += line + "\n";
      line = "   ";
    }
    line += " " + number;
  }
  return text + line + "\n};\n";
}

/// The first sample in the order of memory.
std::string vector_header(const finished& of, const std::string& name, const sample& first) {
  const std::string guard = upper(name) + "_VECTOR_HPP";
  std::string text = "// Made by cleave-import.\n#ifndef " + guard + "\n#define " + guard +
                     "\n\n/// @file\n/// A sample of " + name +
                     ": its inputs and the outputs they give, in the order of cleave's memory.\n\n";
  const auto numbered = [](std::size_t count, std::size_t i) { return count == 1 ? std::string{} : std::to_string(i); };
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    text += numbers_text(name + "_input" + numbered(of.inputs.size(), i),
                         to_memory(first.inputs[i].floats(), of.inputs[i].memory));
  }
  for (std::size_t i = 0; i < of.answers.size(); ++i) {
    text += numbers_text(name + "_output" + numbered(of.answers.size(), i),
                         to_memory(first.outputs[i].floats(), of.answers[i].memory));
  }
  return text + "\n#endif\n";
}

/// All samples as float32, in the order of memory: for each the inputs, then the outputs in the order of their layers.
std::string samples_bytes(const finished& of, const std::vector<sample>& samples) {
  std::string bytes;
  const auto append = [&](const std::vector<float>& numbers) {
    for (const float each : numbers) {
      std::array<std::byte, 4> little{};
      cleave::store_little(little.data(), std::bit_cast<std::uint32_t>(each));
      bytes.append(reinterpret_cast<const char*>(little.data()), little.size());
    }
  };
  std::vector<std::size_t> order(of.answers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return of.answers[a].layer < of.answers[b].layer; });
  for (const sample& each : samples) {
    for (std::size_t i = 0; i < of.inputs.size(); ++i) append(to_memory(each.inputs[i].floats(), of.inputs[i].memory));
    for (const std::size_t i : order) append(to_memory(each.outputs[i].floats(), of.answers[i].memory));
  }
  return bytes;
}

}  // namespace

void write(const finished& of, output_request asked, const std::vector<sample>& samples) {
  namespace fs = std::filesystem;
  const fs::path source{asked.model};
  if (asked.name.empty()) asked.name = identifier_from(source.stem().string());
  check_name(asked.name);
  if (asked.cut.empty() != asked.half.empty()) throw refusal(trouble::usage, "--cut and --half go together");
  if (asked.folder.empty() && (asked.embed || asked.vector || asked.samples || !asked.half.empty())) {
    throw refusal(trouble::usage, "without --out nothing is written: --embed, --vector, --samples, --cut need it");
  }
  if (asked.vector && samples.empty()) throw refusal(trouble::usage, "--vector needs --check, which has the sample");

  cleave::aligned_bytes blob = pack(of);
  if (!asked.half.empty()) {
    const std::size_t cut = cut_of(of, asked.cut);
    const bool device = asked.half == "device";
    auto slice = cleave::slice_weights(blob.all(), device ? 1 : cut + 1, device ? cut : of.graph.last);
    if (!slice) throw refusal(trouble::damaged, cleave::message(slice.error()));
    blob = std::move(*slice);
  }
  std::vector<std::pair<std::string, std::string>> texts;
  texts.emplace_back(asked.name + ".hpp", header_text(of, asked.name, source.filename().string()));
  if (asked.embed) {
    texts.emplace_back(asked.name + "_weights.S", assembly(asked.name, asked.name + ".weights"));
    texts.emplace_back(asked.name + "_weights.hpp", embedding_header(asked.name));
  }
  if (asked.vector) texts.emplace_back(asked.name + "_vector.hpp", vector_header(of, asked.name, samples[0]));
  if (asked.samples) texts.emplace_back(asked.name + ".samples", samples_bytes(of, samples));
  if (asked.folder.empty()) return;

  std::error_code failed;
  fs::create_directories(asked.folder, failed);
  const auto save = [&](const std::string& file, std::span<const std::byte> bytes) {
    const std::string path = (fs::path{asked.folder} / file).string();
    if (!cleave::save_bytes(path.c_str(), bytes))
      throw refusal(trouble::unwritable, path + ": the file can not be written");
  };
  save(asked.name + ".weights", blob.all());
  for (const auto& [file, text] : texts) save(file, std::as_bytes(std::span{text}));
}

}  // namespace importer
