// The operators as plain loops in double, written from their definition and sharing nothing with
// the library. Each value comes with the sum of its terms' magnitudes and their number, which bound
// the error of any order of summation in float.
#ifndef CONV4J_TESTS_REFERENCE_H
#define CONV4J_TESTS_REFERENCE_H

#include <cstdint>
#include <string>
#include <vector>

#include "conv4j.h"

namespace conv4j_tests {

struct Sum {
  double value = 0;
  double magnitude = 0;
  int64_t terms = 0;

  void add(double term) {
    value += term;
    magnitude += term < 0 ? -term : term;
    ++terms;
  }
};

struct ConvolutionTensors {
  std::vector<float> src, weights, bias, diff_dst;
};

// Output extents, from the formula.
int64_t output_height(const conv4j_conv2d& g);
int64_t output_width(const conv4j_conv2d& g);
int64_t output_height(const conv4j_pool2d& g);
int64_t output_width(const conv4j_pool2d& g);

// "n 2 ic 3 ...", to be found in a list of geometries.
std::string text_of(const conv4j_conv2d& g);
std::string text_of(const conv4j_pool2d& g);

// with_bias: false adds none. A tap in the padding adds nothing, whatever the weight.
std::vector<Sum> forward(const conv4j_conv2d& g, const ConvolutionTensors& t, bool with_bias);
std::vector<Sum> backward_data(const conv4j_conv2d& g, const ConvolutionTensors& t);
std::vector<Sum> backward_weights(const conv4j_conv2d& g, const ConvolutionTensors& t);
std::vector<Sum> backward_bias(const conv4j_conv2d& g, const ConvolutionTensors& t);

struct Pooled {
  std::vector<float> dst;
  std::vector<int64_t> taps;     // kh * KW + kw of the winner, -1 where no tap is inside
  std::vector<int64_t> indices;  // ih * IW + iw of the winner, -1 likewise
};
Pooled max_pool(const conv4j_pool2d& g, const std::vector<float>& src);
std::vector<Sum> max_pool_backward(const conv4j_pool2d& g, const Pooled& pooled,
                                   const std::vector<float>& diff_dst);

// Expects what the sums say: exactly, a NaN for a NaN and an infinity for an infinity, or, with
// exact unset, finite values within the bound of float summation. True when all agree.
bool check_sums(const char* what, const std::vector<Sum>& expected, const float* found, bool exact);

// The same for an algorithm that transforms its operands: its error follows the largest magnitude
// of the tensor, of which 256 units in the last place are allowed. (Exactly is tested from Java, on
// data made for it.)
bool check_transformed(const char* what, const std::vector<Sum>& expected, const float* found);

}  // namespace conv4j_tests

#endif
