// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_TABLE_PROFILES_HPP
#define CLEAVE_PLAN_TABLE_PROFILES_HPP

/// @file
/// The machines of Neurosurgeon (Kang et al., ASPLOS 2017): a Jetson TK1's CPU and GPU, a server with a Tesla K40 and
/// its CPU, all with Caffe. Written by tools/plan/fit_tables.cpp from the authors' measured layers
/// (claritylab/djinn, branch mobile, graph-gen/offloading); powers of the TK1 are means of what whole networks drew.
/// Predictors were chosen by leaving out one of their eight networks at a time. Times of single layers on GPUs are
/// estimates: the tables book the time of convolutions on the next layer that waits, which is undone by multiply-adds.

#include <cleave/plan/profile.hpp>

namespace cleave::profiles {

inline constexpr profile tk1_cpu = [] {
  profile made;
  made.name = "tk1-cpu";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {
      predictor_form::logarithmic, {2.24903, -1.03886, -1.18754}, 0.233054, 0.75146, 2.22308, 16.3256};
  made.power_of(work_kind::convolution) = {0, 0, 6.4};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {5.03183e-06, 1.2687e-10, 0, 0, 0, 8.54166e-10}, 0.165091, 19.4094};
  made.power_of(work_kind::pointwise) = {0, 0, 6.4};
  made.time_of(work_kind::depthwise) = {predictor_form::additive, {0, 1.12022e-08}, 0.380351, 0.85669};
  made.power_of(work_kind::depthwise) = {0, 0, 6.4};
  made.time_of(work_kind::locally_connected) = {predictor_form::additive, {0, 6.38566e-09}, 0.0445507, 0.0713602};
  made.power_of(work_kind::locally_connected) = {0, 0, 6.4};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {0, 1.03521e-10, 0, 0, 0, 8.64014e-10, 0, 7.43937e-09}, 0.114331, 13.2725};
  made.power_of(work_kind::dense) = {0, 0, 6.8};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {0, 1.03521e-10, 0, 0, 0, 8.64014e-10, 0, 7.43937e-09}, 0.114331, 13.2725};
  made.power_of(work_kind::recurrent) = {0, 0, 6.8};
  made.time_of(work_kind::pool) = {predictor_form::additive, {0, 1.12022e-08}, 0.380351, 0.85669};
  made.power_of(work_kind::pool) = {0, 0, 6.4};
  made.time_of(work_kind::cheap_activation) = {
      predictor_form::linear, {3.46856e-09, 0.135665}, 0.0181567, 0.285015, 0.0983607, 0.142788};
  made.power_of(work_kind::cheap_activation) = {0, 0, 4.5};
  made.time_of(work_kind::activation) = {predictor_form::additive, {0.215783}, 0.00046322, 0.00120378};
  made.power_of(work_kind::activation) = {0, 0, 4.5};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 8.28525e-08}, 0, 0};
  made.power_of(work_kind::normalization) = {0, 0, 4.5};
  made.time_of(work_kind::softmax) = {
      predictor_form::linear, {1.14387e-06, 0.00292441}, 0.370911, 0.573961, 0.00229282, 0.00411015};
  made.power_of(work_kind::softmax) = {0, 0, 4.5};
  made.time_of(work_kind::arithmetic) = {
      predictor_form::linear, {3.46856e-09, 0.135665}, 0.0181567, 0.285015, 0.0983607, 0.142788};
  made.power_of(work_kind::arithmetic) = {0, 0, 4.5};
  made.time_of(work_kind::movement) = {
      predictor_form::linear, {3.46856e-09, 0.135665}, 0.0181567, 0.285015, 0.0983607, 0.142788};
  made.power_of(work_kind::movement) = {0, 0, 4.5};
  made.time_of(work_kind::reduction) = {predictor_form::additive, {0, 2.57856e-08}, 0.857815, 0.915097};
  made.power_of(work_kind::reduction) = {0, 0, 4.5};
  made.power_of(work_kind::fused) = {0, 0, 4.5};
  return made;
}();

inline constexpr profile tk1_gpu = [] {
  profile made;
  made.name = "tk1-gpu";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {
      predictor_form::additive, {0.00262405, 3.25674e-11, 0, 0, 0, 4.37566e-11}, 1.08922, 1.63385};
  made.power_of(work_kind::convolution) = {0, 0, 8.6};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {0.000206058, 2.62582e-11, 0, 0, 0, 1.60829e-10}, 0.369152, 0.900483};
  made.power_of(work_kind::pointwise) = {0, 0, 8.6};
  made.time_of(work_kind::depthwise) = {
      predictor_form::additive, {3.65273e-05, 0, 0, 0, 0, 0, 0, 1.7848e-12}, 0.0206733, 0.112626};
  made.power_of(work_kind::depthwise) = {0, 0, 8.6};
  made.time_of(work_kind::locally_connected) = {
      predictor_form::linear, {4.87027e-05, 0.571279}, 0.0729111, 1.88666, 0.954642, 2.93153};
  made.power_of(work_kind::locally_connected) = {0, 0, 8.6};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {0.000186304, 1.90431e-11, 0, 0, 0, 1.6398e-10}, 0.0214534, 0.163892};
  made.power_of(work_kind::dense) = {0, 0, 6.6};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {0.000186304, 1.90431e-11, 0, 0, 0, 1.6398e-10}, 0.0214534, 0.163892};
  made.power_of(work_kind::recurrent) = {0, 0, 6.6};
  made.time_of(work_kind::pool) = {
      predictor_form::additive, {3.65273e-05, 0, 0, 0, 0, 0, 0, 1.7848e-12}, 0.0206733, 0.112626};
  made.power_of(work_kind::pool) = {0, 0, 8.6};
  made.time_of(work_kind::cheap_activation) = {
      predictor_form::additive, {4.01408e-05, 0, 0, 0, 0, 0, 0, 5.64719e-13}, 0.0867981, 0.626735};
  made.power_of(work_kind::cheap_activation) = {0, 0, 4.61};
  made.time_of(work_kind::activation) = {predictor_form::additive, {5.58163e-05}, 0.154375, 0.425526};
  made.power_of(work_kind::activation) = {0, 0, 4.61};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 2.22542e-10}, 0, 0};
  made.power_of(work_kind::normalization) = {0, 0, 4.61};
  made.time_of(work_kind::softmax) = {predictor_form::additive, {4.82589e-05}, 0.0209825, 0.918369};
  made.power_of(work_kind::softmax) = {0, 0, 4.61};
  made.time_of(work_kind::arithmetic) = {
      predictor_form::additive, {4.01408e-05, 0, 0, 0, 0, 0, 0, 5.64719e-13}, 0.0867981, 0.626735};
  made.power_of(work_kind::arithmetic) = {0, 0, 4.61};
  made.time_of(work_kind::movement) = {
      predictor_form::additive, {4.01408e-05, 0, 0, 0, 0, 0, 0, 5.64719e-13}, 0.0867981, 0.626735};
  made.power_of(work_kind::movement) = {0, 0, 4.61};
  made.time_of(work_kind::reduction) = {
      predictor_form::additive, {0.000183352, 0, 0, 0, 0, 0, 0, 1.72329e-08}, 0.0753743, 0.909903};
  made.power_of(work_kind::reduction) = {0, 0, 4.61};
  made.power_of(work_kind::fused) = {0, 0, 4.61};
  return made;
}();

inline constexpr profile k40 = [] {
  profile made;
  made.name = "k40";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {predictor_form::additive, {0.000294396, 1.34517e-12}, 2.55815, 3.53938};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {8.25033e-05, 1.19156e-12, 0, 0, 0, 6.41649e-12}, 0.334709, 0.929079};
  made.time_of(work_kind::depthwise) = {predictor_form::additive, {7.83277e-06, 7.73111e-13}, 0.243717, 0.957737};
  made.time_of(work_kind::locally_connected) = {predictor_form::additive, {0.00217069}, 0.349728, 1.27959};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {6.76224e-05, 8.81267e-13, 0, 0, 0, 6.70065e-12, 0, 1.59964e-11}, 0.199445, 0.918526};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {6.76224e-05, 8.81267e-13, 0, 0, 0, 6.70065e-12, 0, 1.59964e-11}, 0.199445, 0.918526};
  made.time_of(work_kind::pool) = {predictor_form::additive, {7.83277e-06, 7.73111e-13}, 0.243717, 0.957737};
  made.time_of(work_kind::cheap_activation) = {
      predictor_form::additive, {8.51308e-06, 0, 0, 0, 0, 0, 0, 1.42759e-13}, 0.198933, 2.39121};
  made.time_of(work_kind::activation) = {
      predictor_form::additive, {0, 0, 0, 0, 0, 0, 0, 4.01289e-12}, 0.139743, 0.44909};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 5.5031e-11}, 0, 0};
  made.time_of(work_kind::softmax) = {
      predictor_form::linear, {0.000112651, -0.00206933}, 0.0568182, 0.93416, 0.0072807, 0.113636};
  made.time_of(work_kind::arithmetic) = {
      predictor_form::additive, {8.51308e-06, 0, 0, 0, 0, 0, 0, 1.42759e-13}, 0.198933, 2.39121};
  made.time_of(work_kind::movement) = {
      predictor_form::additive, {8.51308e-06, 0, 0, 0, 0, 0, 0, 1.42759e-13}, 0.198933, 2.39121};
  made.time_of(work_kind::reduction) = {predictor_form::additive, {2.15486e-05, 2.11008e-08}, 0.0578313, 0.830448};
  return made;
}();

inline constexpr profile server_cpu = [] {
  profile made;
  made.name = "server-cpu";
  made.fuses = false;
  made.time_of(work_kind::convolution) = {
      predictor_form::logarithmic, {20.5521, -10.8786, -35.0821}, 0.942121, 2.08511, 5.89128, 140.714};
  made.time_of(work_kind::pointwise) = {
      predictor_form::additive, {1.70165e-06, 1.40982e-11, 0, 0, 0, 3.6491e-10}, 0.472427, 21.7036};
  made.time_of(work_kind::depthwise) = {
      predictor_form::additive, {7.28022e-06, 2.97938e-09, 0, 0, 0, 0, 0, 2.19734e-09}, 0.223668, 0.417997};
  made.time_of(work_kind::locally_connected) = {
      predictor_form::linear, {-6.08102e-06, 0.969271}, 0.0243823, 0.267416, 0.674115, 0.920188};
  made.time_of(work_kind::dense) = {
      predictor_form::additive, {3.25124e-07, 8.38458e-12, 0, 0, 0, 3.80909e-10, 0, 1.7556e-09}, 0.296404, 11.49};
  made.time_of(work_kind::recurrent) = {
      predictor_form::additive, {3.25124e-07, 8.38458e-12, 0, 0, 0, 3.80909e-10, 0, 1.7556e-09}, 0.296404, 11.49};
  made.time_of(work_kind::pool) = {
      predictor_form::additive, {7.28022e-06, 2.97938e-09, 0, 0, 0, 0, 0, 2.19734e-09}, 0.223668, 0.417997};
  made.time_of(work_kind::cheap_activation) = {predictor_form::additive, {0, 1.51548e-09}, 0.127484, 0.750452};
  made.time_of(work_kind::activation) = {
      predictor_form::additive, {0, 0, 0, 0, 0, 0, 0, 1.61825e-08}, 0.000438986, 0.00219891};
  made.time_of(work_kind::normalization) = {predictor_form::additive, {0, 3.99121e-08}, 0, 0};
  made.time_of(work_kind::softmax) = {predictor_form::additive, {0, 6.7625e-08}, 0.123535, 0.686007};
  made.time_of(work_kind::arithmetic) = {predictor_form::additive, {0, 1.51548e-09}, 0.127484, 0.750452};
  made.time_of(work_kind::movement) = {predictor_form::additive, {0, 1.51548e-09}, 0.127484, 0.750452};
  made.time_of(work_kind::reduction) = {predictor_form::additive, {0, 3.25913e-08}, 0.701178, 0.789203};
  return made;
}();

}  // namespace cleave::profiles
#endif
