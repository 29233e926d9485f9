// SPDX-License-Identifier: BSL-1.0
#include "data.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <filesystem>

#include "bytes.hpp"
#include "model.hpp"
#include "refusal.hpp"

namespace importer {

namespace {

[[noreturn]] void damaged(const std::string& path, const std::string& why) {
  throw refusal(trouble::damaged, path + ": " + why);
}

template <class From>
void append(const std::string& bytes, std::size_t at, tensor& to) {
  for (; at + sizeof(From) <= bytes.size(); at += sizeof(From)) {
    From element{};
    std::memcpy(&element, bytes.data() + at, sizeof element);
    if (to.integer) to.integers.push_back(static_cast<std::int64_t>(element));
    else to.reals.push_back(static_cast<float>(element));
  }
}

/// The text behind a key of the header, which is a Python literal.
std::string field(const std::string& path, const std::string& header, const std::string& key) {
  const std::size_t at = header.find("'" + key + "':");
  if (at == std::string::npos) damaged(path, "its header has no '" + key + "'");
  return header.substr(at + key.size() + 3);
}

tensor read_npy(const std::string& path) {
  const std::string bytes = bytes_of(path);
  if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) damaged(path, "this is no .npy file");
  const bool older = bytes[6] == 1;
  std::size_t length = 0;
  for (std::size_t i = older ? 2 : 4; i-- > 0;) length = length * 256 + static_cast<unsigned char>(bytes[8 + i]);
  const std::size_t start = (older ? 10 : 12) + length;
  if (start > bytes.size()) damaged(path, "it is cut short");
  const std::string header = bytes.substr(older ? 10 : 12, length);
  if (field(path, header, "fortran_order").find("True") < 3) damaged(path, "its columns come first (fortran_order)");
  tensor result;
  const std::string shape = field(path, header, "shape");
  std::int64_t number = -1;
  for (const char each : shape.substr(shape.find('(') + 1)) {
    if (std::isdigit(static_cast<unsigned char>(each)) != 0) {
      number = std::min<std::int64_t>((number < 0 ? 0 : number) * 10 + (each - '0'), 1 << 30);
    } else if (number >= 0) {
      result.dims.push_back(number);
      number = -1;
    }
    if (each == ')') break;
  }
  double elements = 1;
  for (const std::int64_t size : result.dims) elements *= static_cast<double>(size);
  if (elements > static_cast<double>(bytes.size())) damaged(path, "it is cut short");
  const std::string type = field(path, header, "descr");
  const std::size_t quote = type.find('\'');
  if (quote == std::string::npos || quote + 4 > type.size()) damaged(path, "its header does not say what it holds");
  const std::string kind = type.substr(quote + 2, 2);
  result.integer = kind[0] != 'f';
  if (kind == "f4") append<float>(bytes, start, result);
  else if (kind == "f8") append<double>(bytes, start, result);
  else if (kind == "i8") append<std::int64_t>(bytes, start, result);
  else if (kind == "i4") append<std::int32_t>(bytes, start, result);
  else if (kind == "i1") append<std::int8_t>(bytes, start, result);
  else if (kind == "u1") append<std::uint8_t>(bytes, start, result);
  else damaged(path, "elements of type '" + kind + "' are not known");
  if (static_cast<std::int64_t>(result.size()) != count_of(result.dims)) {
    damaged(path, "it holds " + std::to_string(result.size()) + " elements and should hold " +
                      std::to_string(count_of(result.dims)));
  }
  return result;
}

/// The files of a test data set, in the order of `wanted` where they bear its names; a model whose parameters are bound
/// has fewer inputs than its data.
std::vector<tensor> numbered(const std::filesystem::path& folder, const std::string& stem,
                             const std::vector<terminal>& wanted) {
  std::vector<named_tensor> found;
  for (std::size_t i = 0;; ++i) {
    const auto file = folder / (stem + "_" + std::to_string(i) + ".pb");
    if (!std::filesystem::exists(file)) break;
    found.push_back(read_tensor(file.string()));
  }
  std::vector<tensor> named;
  for (const terminal& each : wanted) {
    for (const named_tensor& file : found) {
      if (file.name == each.name && named.size() < wanted.size()) named.push_back(file.data);
    }
  }
  if (named.size() == wanted.size()) return named;
  // Without names: the first ones of the right sizes.
  named.clear();
  std::size_t next = 0;
  for (const terminal& each : wanted) {
    while (next < found.size() && found[next].data.dims != each.dims) ++next;
    if (next < found.size()) named.push_back(found[next++].data);
  }
  if (named.size() == wanted.size()) return named;
  std::vector<tensor> all;
  for (named_tensor& file : found) all.push_back(std::move(file.data));
  return all;
}

/// The rows of a tensor that are one sample; all of it where there is one.
tensor part(const tensor& of, std::size_t samples, std::size_t number) {
  tensor result = of;
  const std::size_t size = of.size() / samples;
  const auto begin = static_cast<std::ptrdiff_t>(number * size);
  const auto end = begin + static_cast<std::ptrdiff_t>(size);
  if (of.integer) result.integers.assign(of.integers.begin() + begin, of.integers.begin() + end);
  else result.reals.assign(of.reals.begin() + begin, of.reals.begin() + end);
  return result;
}

}  // namespace

tensor read_data(const std::string& path) { return path.ends_with(".pb") ? read_tensor(path).data : read_npy(path); }

std::vector<sample> read_samples(const std::vector<std::string>& paths, const finished& of) {
  std::vector<sample> result;
  std::vector<tensor> files;
  for (const std::string& path : paths) {
    if (std::filesystem::is_directory(path)) {
      result.push_back({numbered(path, "input", of.inputs), numbered(path, "output", of.answers)});
    } else {
      files.push_back(read_data(path));
    }
  }
  const std::size_t inputs = of.inputs.size();
  if (!files.empty()) {
    if (files.size() != inputs + of.answers.size()) {
      throw refusal(trouble::usage, "the network has " + std::to_string(inputs) + " inputs and " +
                                        std::to_string(of.answers.size()) + " outputs, and " +
                                        std::to_string(files.size()) + " files were given to check them");
    }
    const auto wanted = static_cast<std::size_t>(count_of(of.inputs[0].dims));
    // Less than one sample is told below.
    const std::size_t samples = std::max<std::size_t>(files[0].size() / std::max<std::size_t>(wanted, 1), 1);
    for (std::size_t number = 0; number < samples; ++number) {
      sample one;
      for (std::size_t i = 0; i < files.size(); ++i) {
        (i < inputs ? one.inputs : one.outputs).push_back(part(files[i], samples, number));
      }
      result.push_back(std::move(one));
    }
  }
  if (result.empty()) throw refusal(trouble::usage, "there is nothing to check the network with");
  for (const sample& each : result) {
    if (each.inputs.size() != inputs || each.outputs.size() != of.answers.size()) {
      throw refusal(trouble::usage, "the data to check with has " + std::to_string(each.inputs.size()) +
                                        " inputs and " + std::to_string(each.outputs.size()) +
                                        " outputs; the network has " + std::to_string(inputs) + " and " +
                                        std::to_string(of.answers.size()));
    }
    for (std::size_t i = 0; i < inputs; ++i) {
      if (static_cast<std::int64_t>(each.inputs[i].size()) != count_of(of.inputs[i].dims)) {
        throw refusal(trouble::usage, "input '" + of.inputs[i].name + "' has " + text_of(of.inputs[i].dims) +
                                          " elements, and the data to check with " + text_of(each.inputs[i].dims));
      }
    }
    for (std::size_t i = 0; i < of.answers.size(); ++i) {
      if (static_cast<std::int64_t>(each.outputs[i].size()) != count_of(of.answers[i].dims)) {
        throw refusal(trouble::usage, "output '" + of.answers[i].name + "' has " + text_of(of.answers[i].dims) +
                                          " elements, and the data to check with " + text_of(each.outputs[i].dims));
      }
    }
  }
  return result;
}

}  // namespace importer
