// SPDX-License-Identifier: BSL-1.0
// cleave-weights shows, checks and slices weight files. It needs no graph: the file has a line for each layer.
#include <charconv>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <system_error>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cleave/config.hpp>
#include <cleave/weights/slice.hpp>

#include "blob.hpp"

namespace {

constexpr int wrong_usage = 2;

const char* const exit_statuses =
    "Exit status: 0 done; 2 the command line is wrong; 3 not a weight blob; 4 another version of the format; 5 "
    "shorter\n"
    "than its header says; 6 a checksum does not match; 7 a slice without the layers asked for; 8 the blob has no "
    "such\n"
    "cut or layers; 9 no such file; 10 the file can not be read; 11 the file can not be written.";

/// The command line was understood but asks for nothing sensible.
struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string number(std::uint64_t value) { return std::to_string(value); }

nlohmann::ordered_json as_json(const std::string& path, const tool::blob& blob) {
  const cleave::blob_header& header = blob.header();
  nlohmann::ordered_json table = nlohmann::ordered_json::array();
  for (std::size_t layer = 1; layer <= header.layers; ++layer) {
    const cleave::blob_line line = blob.line(layer);
    table.push_back({{"layer", layer},
                     {"layout", tool::layout_name(line.layout)},
                     {"type", tool::type_name(line.type)},
                     {"offset", line.offset},
                     {"bytes", line.bytes},
                     {"crc32c", tool::hexadecimal(line.crc, 8)},
                     {"held", blob.holds(layer)}});
  }
  return {{"file", path},
          {"version", cleave::blob_format::version},
          {"graph_fingerprint", tool::hexadecimal(header.graph_fingerprint, 16)},
          {"weights_fingerprint", tool::hexadecimal(header.weights_fingerprint, 16)},
          {"layers", header.layers},
          {"first_layer", header.first_layer},
          {"last_layer", header.last_layer},
          {"data_offset", header.data_offset()},
          {"data_bytes", header.data_bytes},
          {"total_bytes", header.total_bytes()},
          {"file_bytes", blob.bytes().size()},
          {"table", std::move(table)}};
}

void show(const std::string& path, bool json) {
  const tool::blob blob{path};
  if (json) {
    std::printf("%s\n", as_json(path, blob).dump(2).c_str());
    return;
  }
  const cleave::blob_header& header = blob.header();
  std::printf("%s\n", path.c_str());
  std::printf("  format     version %d\n", cleave::blob_format::version);
  std::printf("  graph      %s\n", tool::hexadecimal(header.graph_fingerprint, 16).c_str());
  std::printf("  weights    %s\n", tool::hexadecimal(header.weights_fingerprint, 16).c_str());
  std::printf("  layers     %s, data of %s\n", number(header.layers).c_str(), blob.held_layers().c_str());
  std::printf("  data       %s bytes from byte %s\n", number(header.data_bytes).c_str(),
              number(header.data_offset()).c_str());
  if (blob.bytes().size() > header.total_bytes()) {
    std::printf("  behind it  %s bytes that do not belong to the blob\n",
                number(blob.bytes().size() - header.total_bytes()).c_str());
  }
  std::printf("\n  layer  layout             type      offset      bytes  CRC-32C   held\n");
  std::uint64_t all = 0;
  std::uint64_t held = 0;
  for (std::size_t layer = 1; layer <= header.layers; ++layer) {
    const cleave::blob_line line = blob.line(layer);
    const bool weights = line.bytes > 0;
    std::printf("  %5s  %-17s  %-7s %8s %10s  %-8s  %s\n", number(layer).c_str(),
                weights ? tool::layout_name(line.layout).c_str() : "-",
                weights ? tool::type_name(line.type).c_str() : "-", number(line.offset).c_str(),
                number(line.bytes).c_str(), weights ? tool::hexadecimal(line.crc, 8).c_str() : "-",
                !weights            ? "-"
                : blob.holds(layer) ? "yes"
                                    : "no");
    all += line.bytes;
    held += blob.holds(layer) ? line.bytes : 0;
  }
  std::printf("  total  %-17s  %-7s %8s %10s            %s held\n", "", "", "", number(all).c_str(),
              number(held).c_str());
}

void check(const std::string& path, bool json) {
  nlohmann::ordered_json report{{"file", path}, {"ok", true}};
  try {
    const tool::blob blob{path};
    const auto damaged = blob.damaged_layers();
    if (!damaged.empty()) {
      report["damaged_layers"] = damaged;
      std::string which;
      for (const std::size_t layer : damaged) which += (which.empty() ? "" : ", ") + number(layer);
      throw tool::refusal(cleave::errc::corrupt_blob, path + ": " + cleave::message(cleave::errc::corrupt_blob) +
                                                          ": data of layer" + (damaged.size() > 1 ? "s " : " ") +
                                                          which);
    }
    if (!json) {
      std::printf("%s: header, table and data of %s are sound, %s bytes\n", path.c_str(), blob.held_layers().c_str(),
                  number(blob.header().total_bytes()).c_str());
    }
  } catch (const tool::refusal& refused) {
    if (json) {
      report["ok"] = false;
      report["status"] = tool::exit_status(refused.code());
      report["message"] = refused.what();
      std::printf("%s\n", report.dump(2).c_str());
    }
    throw;
  }
  if (json) std::printf("%s\n", report.dump(2).c_str());
}

struct slice_request {
  std::string path;
  std::string out;
  std::uint32_t cut = 0;
  std::string half;
  std::string layers;
};

/// The layers asked for, of a blob that has `last`.
struct wanted_layers {
  std::size_t first = 1;
  std::size_t final = 0;
};

wanted_layers wanted(const slice_request& request, std::size_t last) {
  const std::string has = "; the blob has layers 1.." + number(last);
  if (request.layers.empty()) {
    if (request.cut > last) {
      throw tool::refusal(cleave::errc::bad_cut, request.path + ": there is no cut " + number(request.cut) + has);
    }
    if (request.half == "device") return {1, request.cut};
    return {std::size_t{request.cut} + 1, last};
  }
  const char* const begin = request.layers.data();
  const char* const end = begin + request.layers.size();
  wanted_layers range;
  const auto first = std::from_chars(begin, end, range.first);
  const bool dots = first.ec == std::errc{} && end - first.ptr > 2 && first.ptr[0] == '.' && first.ptr[1] == '.';
  const auto final = dots ? std::from_chars(first.ptr + 2, end, range.final) : first;
  if (!dots || final.ec != std::errc{} || final.ptr != end) {
    throw usage_error("--layers takes two numbers, for example 3..7, not '" + request.layers + "'");
  }
  if (range.first > range.final) throw usage_error("--layers " + request.layers + " names no layer");
  if (range.first < 1 || range.final > last) {
    throw tool::refusal(cleave::errc::bad_cut, request.path + ": there are no layers " + request.layers + has);
  }
  return range;
}

void slice(const slice_request& request) {
  const tool::blob blob{request.path};
  const wanted_layers layers = wanted(request, blob.header().layers);
  const std::string name = tool::layer_range(layers.first, layers.final);
  std::error_code ignored;
  if (std::filesystem::equivalent(request.path, request.out, ignored)) {
    throw usage_error(request.out + " is the file that is to be sliced; name another one");
  }
  const auto made = cleave::slice_weights(blob.bytes(), layers.first, layers.final);
  if (!made) {
    std::string words = request.path + ": " + cleave::message(made.error());
    if (made.error() == cleave::errc::missing_layers) {
      words = request.path + ": holds " + blob.held_layers() + ", and " + name + " were asked for";
    }
    throw tool::refusal(made.error(), words);
  }
  const std::size_t size = made->all().size();
  if (const auto saved = cleave::save_bytes(request.out.c_str(), made->all()); !saved) {
    throw tool::refusal(saved.error(), request.out + ": " + cleave::message(saved.error()));
  }
  std::fprintf(stderr, "%s: %s, %s of %s bytes\n", request.out.c_str(), name.c_str(), number(size).c_str(),
               number(blob.header().total_bytes()).c_str());
}

int run(int argc, char** argv) {
  CLI::App app{"Shows, checks and slices weight files of cleave.", "cleave-weights"};
  app.footer(exit_statuses);
  app.require_subcommand(1);
  app.set_version_flag("--version", number(CLEAVE_VERSION_MAJOR) + "." + number(CLEAVE_VERSION_MINOR) + "." +
                                        number(CLEAVE_VERSION_PATCH));

  std::string path;
  bool json = false;
  CLI::App* const show_command = app.add_subcommand("show", "print header and table; data is not read");
  CLI::App* const check_command = app.add_subcommand("check", "compare everything with its checksums");
  CLI::App* const slice_command = app.add_subcommand("slice", "write a file with the data of some layers only");
  for (CLI::App* const command : {show_command, check_command, slice_command}) {
    command->add_option("FILE", path, "a weight file, whole or a slice")->required();
  }
  for (CLI::App* const command : {show_command, check_command}) {
    command->add_flag("--json", json, "print JSON");
  }
  slice_request request;
  CLI::Option* const cut = slice_command->add_option("--cut", request.cut, "cut behind this layer");
  CLI::Option* const half = slice_command->add_option("--half", request.half, "the half to keep: device or remote")
                                ->check(CLI::IsMember({"device", "remote"}));
  CLI::Option* const layers = slice_command->add_option("--layers", request.layers, "keep these layers: A..B");
  cut->needs(half)->excludes(layers);
  half->needs(cut)->excludes(layers);
  slice_command->add_option("-o,--output", request.out, "the file to write")->required();

  try {
    app.parse(argc, argv);
    if (slice_command->parsed() && cut->empty() && layers->empty()) {
      throw usage_error("slice needs --cut K --half device|remote, or --layers A..B");
    }
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : wrong_usage;
  }
  if (show_command->parsed()) show(path, json);
  if (check_command->parsed()) check(path, json);
  if (slice_command->parsed()) {
    request.path = path;
    slice(request);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int status = run(argc, argv);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
      std::fprintf(stderr, "cleave-weights: the output can not be written\n");
      return tool::exit_status(cleave::errc::file_not_writable);
    }
    return status;
  } catch (const tool::refusal& refused) {
    std::fprintf(stderr, "cleave-weights: %s\n", refused.what());
    return tool::exit_status(refused.code());
  } catch (const usage_error& error) {
    std::fprintf(stderr, "cleave-weights: %s\n", error.what());
    return wrong_usage;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cleave-weights: %s\n", error.what());
    return 1;
  }
}
