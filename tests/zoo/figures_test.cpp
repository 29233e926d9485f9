// SPDX-License-Identifier: BSL-1.0
// The figures in docs/models.md are those of the graphs.
#include <doctest/doctest.h>

#include <cleave/graph/parameter_count.hpp>
#include <cleave/models/alexnet.hpp>
#include <cleave/models/autoencoder.hpp>
#include <cleave/models/deepface.hpp>
#include <cleave/models/djinn_lenet.hpp>
#include <cleave/models/dscnn.hpp>
#include <cleave/models/inception_v3.hpp>
#include <cleave/models/kaldi_asr.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/mobilenet_v1_025.hpp>
#include <cleave/models/mobilenet_v2.hpp>
#include <cleave/models/resnet50.hpp>
#include <cleave/models/resnet56.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/models/senna.hpp>
#include <cleave/models/squeezenet1_1.hpp>
#include <cleave/models/vgg16.hpp>
#include <cleave/models/vgg19.hpp>
#include <cleave/network/network.hpp>
#include <fstream>
#include <iterator>
#include <string>

namespace {

namespace models = cleave::models;

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

template <const auto& Graph>
std::string row(const std::string& name) {
  std::size_t parameters = 0;
  for (const cleave::node& each : Graph.nodes) parameters += cleave::parameter_count(each);
  const cleave::shape in = Graph.nodes[0].out;
  return "| `" + name + "` | " + std::to_string(in.height) + " x " + std::to_string(in.width) + " x " +
         std::to_string(in.channels) + " | " + std::to_string(Graph.last) + " | " + grouped(parameters) + " | " +
         grouped(Graph.multiply_adds()) + " | " + grouped(cleave::network<Graph>::workspace_bytes) + " |";
}

}  // namespace

TEST_CASE("the table of networks in docs/models.md has the figures of the graphs") {
  std::ifstream file(CLEAVE_TEST_SOURCE_DIR "/docs/models.md");
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  const std::string rows[] = {
      row<models::lenet5>("lenet5"),
      row<models::alexnet>("alexnet"),
      row<models::vgg16>("vgg16"),
      row<models::vgg19>("vgg19"),
      row<models::squeezenet1_1>("squeezenet1_1"),
      row<models::resnet8>("resnet8"),
      row<models::resnet56>("resnet56"),
      row<models::resnet50>("resnet50"),
      row<models::resnet50_v1_5>("resnet50_v1_5"),
      row<models::inception_v3>("inception_v3"),
      row<models::mobilenet_v1_025>("mobilenet_v1_025"),
      row<models::mobilenet_v2>("mobilenet_v2"),
      row<models::dscnn>("dscnn"),
      row<models::autoencoder>("autoencoder"),
      row<models::djinn_alexnet>("djinn_alexnet"),
      row<models::djinn_lenet>("djinn_lenet"),
      row<models::deepface>("deepface"),
      row<models::kaldi_asr>("kaldi_asr"),
      row<models::senna_pos>("senna_pos"),
      row<models::senna_ner>("senna_ner"),
      row<models::senna_chk>("senna_chk"),
  };
  for (const std::string& each : rows) {
    CAPTURE(each);
    CHECK(document.find(each) != std::string::npos);
  }
}
