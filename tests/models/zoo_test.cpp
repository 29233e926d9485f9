// SPDX-License-Identifier: BSL-1.0
// Sizes of the networks in include/cleave/models against published ones. Where those count batch normalisation, whose
// two numbers a channel are folded into one bias here, half of them is taken off.
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

namespace {

namespace models = cleave::models;

template <class Graph>
std::size_t parameters(const Graph& graph) {
  std::size_t sum = 0;
  for (const cleave::node& each : graph.nodes) sum += cleave::parameter_count(each);
  return sum;
}

template <class Graph>
void check_sizes(const Graph& graph, std::uint64_t multiply_adds, std::size_t parameter_count) {
  REQUIRE(graph.ok());
  CHECK(graph.multiply_adds() == multiply_adds);
  CHECK(parameters(graph) == parameter_count);
}

}  // namespace

TEST_CASE("networks whose parameters torchvision publishes have as many") {
  check_sizes(models::vgg16, 15'470'264'320, 138'357'544);
  check_sizes(models::vgg19, 19'632'062'464, 143'667'240);
  check_sizes(models::squeezenet1_1, 349'151'936, 1'235'496);
  check_sizes(models::resnet50, 3'857'973'248, 25'557'032 - 53'120 / 2);
  check_sizes(models::resnet50_v1_5, 4'089'184'256, 25'557'032 - 53'120 / 2);
  check_sizes(models::mobilenet_v2, 300'774'272, 3'504'872 - 34'112 / 2);
}

TEST_CASE("networks of Caffe, LeCun and the DjiNN suite have their sizes") {
  check_sizes(models::alexnet, 724'406'816, 60'965'224);
  check_sizes(models::djinn_alexnet, 724'406'816, 60'965'224);
  check_sizes(models::lenet5, 416'520, 61'706);
  check_sizes(models::djinn_lenet, 2'293'000, 431'080);
  check_sizes(models::deepface, 501'457'536, 102'752'915);
  check_sizes(models::kaldi_asr, 13'900'857'344, 25'380'522);
  check_sizes(models::senna_pos, 2'898'000, 103'845);
  check_sizes(models::senna_ner, 3'292'800, 117'917);
  check_sizes(models::senna_chk, 2'872'800, 102'942);
}

TEST_CASE("networks of MLPerf Tiny and other residual and branched ones have their sizes") {
  check_sizes(models::resnet8, 12'501'632, 77'706);
  check_sizes(models::dscnn, 2'656'768, 22'604);
  check_sizes(models::mobilenet_v1_025, 7'489'664, 210'850);
  check_sizes(models::autoencoder, 264'192, 265'864);
  check_sizes(models::resnet56, 125'485'696, 850'986);
  check_sizes(models::inception_v3, 5'713'216'096, 23'817'352);
}
